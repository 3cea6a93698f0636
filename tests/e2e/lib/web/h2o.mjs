// h2o, which finds the responder on a socket.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { childrenOf, isAlive } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

export class H2o extends WebServer {
  name = 'h2o';

  async prepare() {
    this.env.SSE_MOUNT ??= '/sse,/events';
    this.external = await startExternal(this);
    if (!this.options.signIn) return;
    const hash = createHash('sha1').update('secret').digest('base64');
    fs.writeFileSync(this.ws.path('passwords'), `alice:{SHA}${hash}\n`);
  }

  /** The master, to which Debian's unit sends SIGHUP; it starts workers, which serve. */
  command() {
    return ['h2o', ['-m', 'master', '-c', this.config]];
  }

  configuration() {
    const { port, tlsPort, tls, ws } = this;
    const { streams, idle, compression } = this.options;
    return [
      ...(USER ? [`user: ${USER}`] : []),
      `pid-file: ${ws.path('h2o.pid')}`,
      `temp-buffer-path: ${ws.dir}`,
      ...(streams > 1000 ? ['max-connections: 8192'] : []),
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
    const workers = childrenOf(this.child.pid);
    this.child.signal('SIGTERM');
    await eventually(() => this.child.end || this.goodbyes() > before, 'the worker takes its leave');
    workers.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL'));
    await super.stop();
  }

  /** All processes of the server. */
  processes() {
    return [this.child.pid, ...childrenOf(this.child.pid)];
  }
}

const COMPRESSIBLE = [
  'file.mime.addtypes:',
  '  text/event-stream: { extensions: [ ".sse" ], is_compressible: YES }',
];
