// nginx, which finds the responder on a socket.
import fs from 'node:fs';
import { childrenOf, processes } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

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

  command() {
    return ['nginx', ['-e', this.errors, '-g', 'daemon off;', '-c', this.config]];
  }

  /** As in Debian's nginx.conf, and the lines that the shipped file names where that is not enough. */
  configuration() {
    const { ws, tls } = this;
    const { streams, idle, compression } = this.options;
    const more = streams > 383;
    return [
      ...(USER ? [`user ${USER};`] : []),
      'worker_processes auto;',
      ...(more ? ['worker_rlimit_nofile 16384;'] : []),
      `pid ${ws.path('nginx.pid')};`,
      'events {',
      `  worker_connections ${more ? 8192 : 768};`,
      '}',
      'http {',
      ...TEMPORARY.map((kind) => `  ${kind}_temp_path ${ws.path(`nginx-${kind}`)};`),
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

  /** All processes of the server. */
  processes() {
    return [this.child.pid, ...childrenOf(this.child.pid)];
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
