// Caddy, which finds the responder on a socket.
import { runProgram } from '../child.mjs';
import { startExternal } from './external.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

/** The hash of `secret` at bcrypt's lowest cost: at the usual one each start takes a second or more. */
const SECRET = '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW';

export class Caddy extends WebServer {
  name = 'caddy';
  hasIdleLimit = false;

  async prepare() {
    this.env.SSE_MOUNT ??= '/sse,/events';
    this.external = await startExternal(this);
    this.admin = `unix/${this.ws.path('admin.sock')}`;
  }

  /** Caddy has no setting for a user: its unit has, and setpriv does here what that does. */
  command() {
    const run = ['caddy', 'run', '--adapter', 'caddyfile', '--config', this.config];
    if (!USER) return [run[0], run.slice(1)];
    return ['setpriv', [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...run]];
  }

  environment() {
    const { ws } = this;
    const home = { HOME: ws.dir, XDG_DATA_HOME: ws.dir, XDG_CONFIG_HOME: ws.dir };
    return { ...home, SSE_SOCKET: this.socket };
  }

  configuration() {
    const { cert, key } = this.tls;
    const site = [
      '\tbind 127.0.0.1',
      ...(this.options.compression ? COMPRESSION : []),
      // As many sites have it, for all that is not handled elsewhere.
      '\thandle {\n\t\trespond "this site"\n\t}',
      `\timport ${shipped('caddy/sse-fcgi.caddy')}`,
      '\thandle_errors {',
      `\t\timport ${shipped('caddy/sse-fcgi-away.caddy')}`,
      '\t\trespond "{http.error.status_code}: the page of this site"',
      '\t}',
      ...(this.options.signIn ? ['\tbasicauth @sse_fcgi {', `\t\talice ${SECRET}`, '\t}'] : []),
      '}',
    ];
    return [
      '{',
      `\tadmin ${this.admin}`,
      '\tauto_https off',
      '\tgrace_period 1s',
      '}',
      `http://127.0.0.1:${this.port} {`,
      ...site,
      `https://127.0.0.1:${this.tlsPort} {`,
      `\ttls ${cert} ${key}`,
      ...site,
      '',
    ].join('\n');
  }

  async reload() {
    const args = ['reload', '--force', '--adapter', 'caddyfile', '--config', this.config, '--address', this.admin];
    const env = this.ws.environment(this.environment());
    const { code, stderr } = await runProgram('caddy', args, { env });
    if (code !== 0) throw new Error(stderr);
  }
}

const COMPRESSION = [
  '\tencode {',
  '\t\tgzip',
  '\t\tmatch header Content-Type text/event-stream*',
  '\t}',
];
