// What every web server of the tests has in common: a real one, from Debian's package, that loads the configuration
// which we ship, under its own unprivileged user if we may.
//
// A subclass gives what differs: `name`, `command()`, `configuration()`, `reload()`, and perhaps more.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { program, root } from '../build.mjs';
import { Child, ended, isAlive, watchProcess } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { Server, openHttp } from '../open.mjs';
import { freePort } from '../workspace.mjs';
import { startExternal } from './external.mjs';
import { openHttp2 } from './http2.mjs';
import { certificate } from './tls.mjs';

/** The user that servers and responders run as: Debian's, if we are root and so may become it. */
export const USER = process.getuid() === 0 ? 'www-data' : null;

/** A file of deploy/, as it is shipped. */
export function shipped(name) {
  return path.join(root, 'deploy', name);
}

export class WebServer extends Server {
  /** Whether silence ends a stream at all, so that `idle` has a meaning. */
  hasIdleLimit = true;

  /**
   * Starts one in front of a responder that uses `redis`.
   *   env          SSE_* settings of the responder
   *   idle         seconds after which the server ends a silent stream (its own directive; default: its own default)
   *   signIn       true: /sse is only for alice, whose password is `secret` (HTTP Basic, by the server)
   *   compression  true: the server compresses text/event-stream, by its own module
   *   streams      how many must fit at once (default 100)
   */
  static async start(ws, redis, options = {}) {
    const server = new this();
    Object.assign(server, { ws, redis, options: { streams: 100, ...options } });
    server.env = { SSE_REDIS: redis.url, SSE_LOG: 'debug', ...options.env };
    // What an unprivileged user must reach: the folder, Redis' socket, a copy of the program (the project's own
    // folder may be closed to it), which also tells our processes from all others.
    fs.chmodSync(ws.dir, 0o777);
    fs.chmodSync(redis.socket, 0o777);
    server.program = ws.path('sse.fcgi');
    fs.copyFileSync(program('sse.fcgi'), server.program);
    fs.chmodSync(server.program, 0o755);
    server.port = await freePort();
    server.tlsPort = await freePort();
    server.tls = certificate(ws);
    server.config = ws.path(`${server.name}.conf`);
    server.errors = ws.path(`${server.name}.log`);
    server.earlier = '';
    ws.own(server);
    await server.prepare();
    fs.writeFileSync(server.config, server.configuration());
    await server.launch();
    return server;
  }

  /** Before the configuration is written: folders, password files, an external responder (`this.external`). */
  async prepare() {}

  async launch() {
    const [file, args] = this.command();
    const { ws } = this;
    const env = ws.environment(this.environment());
    this.child = new Child(this.name, file, args, { env, cwd: ws.dir });
    const ready = async () => {
      if (this.child.end) return { ended: true };
      return (await this.request('/sse', { method: 'HEAD', headers: this.credentials })).status === 200 && {};
    };
    const { ended: over } = await eventually(ready, `${this.name} answers`);
    assert.ok(!over, `${this.name} has ended: ${this.log()}`);
    this.responders().forEach(watchProcess);
  }

  /** Variables for the server's own process; where it starts the responder these often are the way to configure it. */
  environment() {
    return this.env;
  }

  /** The header of a request that may pass, where `signIn` is set. */
  get credentials() {
    return this.options.signIn
      ? { Authorization: `Basic ${Buffer.from('alice:secret').toString('base64')}` }
      : {};
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  open(target, { headers, ...options } = {}) {
    return openHttp(this.port, target, { ...options, headers: { ...this.credentials, ...headers } });
  }

  /** The same over TLS, by HTTP/2; `connection` is one of `connectHttp2`, to share. */
  openHttp2(target, { headers, ...options } = {}) {
    return openHttp2(this.tlsPort, target, {
      ...options,
      headers: { ...this.credentials, ...headers },
    });
  }

  /** The pids of all responders of this server, oldest first. */
  responders() {
    const isOurs = (pid) => {
      try {
        return fs.readlinkSync(`/proc/${pid}/exe`) === this.program && isAlive(pid);
      } catch {
        return false;
      }
    };
    const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter(isOurs).sort((a, b) => a - b);
  }

  /** What the responders have logged (SSE_LOG=debug), wherever this server puts it. */
  said() {
    return this.externals?.map((one) => one.log()).join('') ?? this.log();
  }

  /** Resolves to the match once the responders have logged a line that matches. */
  logged(pattern) {
    return eventually(() => pattern.exec(this.said()), `the responder logs ${pattern}`);
  }

  /** As its service is restarted: ends it, and with it what it started, and starts it again. */
  async restart() {
    await this.stop();
    await this.launch();
  }

  /**
   * Ends every responder, by SIGTERM as an administrator does or by SIGKILL as a crash does. Who started them starts
   * the next ones: the server, or for an external one we.
   */
  async replaceResponders(signal) {
    if (this.external) {
      await (signal === 'SIGKILL' ? this.external.kill() : this.external.stop(signal));
      await startExternal(this);
      return;
    }
    const pids = this.responders();
    pids.forEach((pid) => process.kill(pid, signal));
    for (const pid of pids) await ended(pid);
  }

  /** At the end of a test the server still runs. */
  check() {
    if (this.child) assert.ok(this.child.alive, `${this.name} is still alive`);
  }

  async stop() {
    if (!this.child) return;
    const { child } = this;
    const pids = this.external ? [] : this.responders();
    pids.forEach(watchProcess);
    this.child = null;
    await child.stop();
    this.earlier += child.log();
    for (const pid of pids) await ended(pid);
  }

  log() {
    const errors = fs.existsSync(this.errors) ? fs.readFileSync(this.errors, 'utf8') : '';
    return this.earlier + (this.child?.log() ?? '') + errors;
  }
}
