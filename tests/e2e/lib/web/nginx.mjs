// nginx, which finds the responder on a socket.
import fs from 'node:fs';
import { forgetProcess, processes, watchProcess } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { suggested } from './shipped_lines.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

const DEFAULT_STREAMS = 382;

/** Lines by which it writes nowhere but into the workspace. */
export function temporaryPaths(ws) {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => `${kind}_temp_path ${ws.path(`nginx-${kind}`)};`);
}

export class Nginx extends WebServer {
  name = 'nginx';

  async prepare() {
    this.env.SSE_MOUNT ??= '/sse,/events';
    this.external = await startExternal(this);
    if (this.options.signIn) this.writeSignIn();
  }

  /** In the folder that the shipped file includes, by a path that begins where the main file is. */
  writeSignIn() {
    fs.mkdirSync(this.ws.path('snippets/sse-fcgi.d'), { recursive: true });
    const passwords = this.ws.path('passwords');
    fs.writeFileSync(passwords, 'alice:{PLAIN}secret\n');
    const lines = [
      'auth_basic "events";',
      `auth_basic_user_file ${passwords};`,
      'fastcgi_param REMOTE_USER $remote_user;',
    ];
    fs.writeFileSync(this.ws.path('snippets/sse-fcgi.d/sign-in.conf'), `${lines.join('\n')}\n`);
  }

  /** In a process group of its own, by which its workers can be ended if the test itself is. */
  command() {
    const options = ['-e', this.errors, '-g', 'daemon off;', '-c', this.config];
    return ['setsid', ['nginx', ...options]];
  }

  async launch() {
    await super.launch();
    watchProcess(-this.child.pid);
  }

  async stop() {
    const group = this.child && -this.child.pid;
    await super.stop();
    if (group) forgetProcess(group);
  }

  /** As in Debian's nginx.conf, and the lines that the shipped file names where that is not enough. */
  configuration() {
    const { ws, tls } = this;
    const { streams, idle, compression } = this.options;
    const more = streams > DEFAULT_STREAMS;
    const [descriptors, connections] = more
      ? suggested('nginx/sse-fcgi.conf', 'worker_rlimit_nofile', 'worker_connections')
      : ['', 'worker_connections 768;'];
    return [
      ...(USER ? [`user ${USER};`] : []),
      'worker_processes auto;',
      descriptors,
      `pid ${ws.path('nginx.pid')};`,
      'events {',
      connections,
      '}',
      'http {',
      ...temporaryPaths(ws),
      '  access_log off;',
      ...(idle ? [`  fastcgi_read_timeout ${idle}s;`] : []),
      ...(compression ? ['  gzip on;', '  gzip_types text/event-stream;'] : []),
      `  upstream sse_fcgi { server unix:${this.socket}; }`,
      '  server {',
      `    listen 127.0.0.1:${this.port}${more ? ' backlog=4096' : ''};`,
      `    listen 127.0.0.1:${this.tlsPort} ssl http2;`,
      `    ssl_certificate ${tls.cert};`,
      `    ssl_certificate_key ${tls.key};`,
      `    include ${shipped('nginx/sse-fcgi.conf')};`,
      '  }',
      '}',
      '',
    ].join('\n');
  }

  /** The workers that take new connections; those of before a reload say in their titles that they do not. */
  workers() {
    const isWorker = ({ parent, command }) =>
      parent === this.child.pid && command === 'nginx: worker process';
    return processes().filter(isWorker).map(({ pid }) => pid);
  }

  async reload() {
    const old = this.workers();
    this.child.signal('SIGHUP');
    await eventually(() => {
      const now = this.workers();
      return now.length > 0 && !now.some((pid) => old.includes(pid));
    }, 'nginx has new workers only');
  }
}
