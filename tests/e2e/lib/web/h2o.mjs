// h2o, which finds the responder on a socket.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { childrenOf, forgetProcess, isAlive, watchProcess } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { suggested } from './shipped_lines.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

const DEFAULT_STREAMS = 1000;

export class H2o extends WebServer {
  name = 'h2o';

  async prepare() {
    this.env.SSE_MOUNT ??= '/sse,/events';
    this.external = await startExternal(this);
    if (!this.options.signIn) return;
    const hash = createHash('sha1').update('secret').digest('base64');
    fs.writeFileSync(this.ws.path('passwords'), `alice:{SHA}${hash}\n`);
  }

  /**
   * The master, to which Debian's unit sends SIGHUP; it starts workers, which serve. In a process group of its own, by
   * which these can be ended if the test itself is.
   */
  command() {
    return ['setsid', ['h2o', '-m', 'master', '-c', this.config]];
  }

  async launch() {
    await super.launch();
    watchProcess(-this.child.pid);
  }

  configuration() {
    const { port, tlsPort, tls, ws } = this;
    const { streams, idle, compression } = this.options;
    return [
      ...(USER ? [`user: ${USER}`] : []),
      `pid-file: ${ws.path('h2o.pid')}`,
      `temp-buffer-path: ${ws.dir}`,
      ...(streams > DEFAULT_STREAMS ? suggested('h2o/sse-fcgi.yaml', 'max-connections') : []),
      ...(compression ? ['compress: [ gzip ]', ...COMPRESSIBLE] : []),
      `listen: { host: 127.0.0.1, port: ${port} }`,
      `listen: { host: 127.0.0.1, port: ${tlsPort}, ssl: { certificate-file: ${tls.cert}, key-file: ${tls.key} } }`,
      'hosts:',
      '  default:',
      '    paths:',
      ...this.mount('/sse'),
      ...this.mount('/events'),
      '',
    ].join('\n');
  }

  /** A path as the shipped file says, which sets what comes after it. */
  mount(at) {
    const { signIn, idle } = this.options;
    const passwords = this.ws.path('passwords');
    const lines = [
      ...(signIn
        ? ['mruby.handler: |', '  require "htpasswd.rb"', `  Htpasswd.new("${passwords}", "events")`]
        : []),
      `<<: !file ${shipped('h2o/sse-fcgi.yaml')}`,
      `fastcgi.connect: { port: ${this.socket}, type: unix }`,
      ...(idle ? [`fastcgi.timeout.io: ${idle * 1000}`] : []),
    ];
    return [`      ${at}:`, ...lines.map((line) => `        ${line}`)];
  }

  /** How often a worker has said that it takes no more connections. */
  goodbyes() {
    return this.log().split('received SIGTERM, gracefully').length - 1;
  }

  async reload() {
    const before = this.goodbyes();
    this.child.signal('SIGHUP');
    await eventually(() => this.goodbyes() > before, 'the worker of before takes its leave');
  }

  /** It would wait for open streams as long as they last; in the end the service manager kills it, as is done here. */
  async stop() {
    if (!this.child) return;
    const before = this.goodbyes();
    const { pid } = this.child;
    const workers = childrenOf(pid);
    this.child.signal('SIGTERM');
    await eventually(() => this.child.end || this.goodbyes() > before, 'the worker takes its leave');
    workers.filter(isAlive).forEach((worker) => process.kill(worker, 'SIGKILL'));
    await super.stop();
    forgetProcess(-pid);
  }
}

const COMPRESSIBLE = [
  'file.mime.addtypes:',
  '  text/event-stream: { extensions: [ ".sse" ], is_compressible: YES }',
];
