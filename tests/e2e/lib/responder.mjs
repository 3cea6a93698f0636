// One sse.fcgi by itself, spoken to over FastCGI.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { program } from './build.mjs';
import { Child } from './child.mjs';
import { eventually } from './eventually.mjs';
import { Server, openFcgi } from './open.mjs';

let count = 0;

export class Responder extends Server {
  /**
   * Starts one on a private Unix socket, or with `listen` (an address for --listen), or with `stdio` and `wrapper`
   * for inherited descriptors, when `address` says where it can be reached.
   */
  static async start(ws, env = {}, options = {}) {
    const responder = Responder.launch(ws, env, options);
    await eventually(() => {
      if (responder.child.end) throw new Error(`sse.fcgi ended: ${responder.log()}`);
      return canConnect(responder.address);
    }, 'the responder listens');
    return responder;
  }

  static launch(
    ws,
    env,
    {
      args,
      address,
      listen,
      stdio = ['ignore', 'pipe', 'pipe'],
      shell,
      file = program('sse.fcgi'),
      uid,
      gid,
    } = {},
  ) {
    const responder = new Responder();
    responder.ws = ws;
    responder.name = `sse.fcgi ${++count}`;
    responder.address = address ?? { path: ws.path(`sse${count}.sock`) };
    const all = args ?? ['--listen', listen ?? responder.address.path];
    const command = shell
      ? ['sh', ['-c', `${shell} "$@"`, 'sh', file, ...all]]
      : [file, all];
    responder.child = new Child(responder.name, ...command, {
      env: ws.environment(env),
      cwd: ws.dir,
      stdio,
      uid,
      gid,
      group: shell !== undefined, // what the shell runs ends with it
    });
    return ws.own(responder);
  }

  get pid() {
    return this.child.pid;
  }

  open(target, options) {
    return openFcgi(this.address, target, options);
  }

  log() {
    return this.child.log();
  }

  /** Resolves once the log has a line that matches. */
  logged(pattern) {
    return eventually(() => pattern.exec(this.log()), `the responder logs ${pattern}`);
  }

  check() {
    if (!this.stopped)
      assert.ok(this.child.alive, `${this.name} is still alive: ${JSON.stringify(this.child.end)}`);
  }

  /** Ends it, by default as a service manager does, and expects it to go well. */
  async stop(signal = 'SIGTERM') {
    if (this.stopped) return this.child.end;
    this.stopped = true;
    const end = await this.child.stop(signal);
    assert.equal(end.code, 0, `${this.name} exits 0 after ${signal}: ${JSON.stringify(end)}`);
    return end;
  }

  async kill() {
    this.stopped = true;
    await this.child.kill();
  }
}

export function canConnect(address) {
  return new Promise((resolve) => {
    if (address.path && !fs.existsSync(address.path)) return resolve(false);
    const socket = net.connect(address);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
