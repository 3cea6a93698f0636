// One real lighttpd that loads the shipped fragment and so spawns the responder, as users run it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { lighttpdFragment, program, www } from './build.mjs';
import { Child, childrenOf, ended, isAlive, watchProcess } from './child.mjs';
import { eventually } from './eventually.mjs';
import { Server, openHttp } from './open.mjs';
import { freePort } from './workspace.mjs';

const MIME = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

export class Lighttpd extends Server {
  name = 'lighttpd';

  /** `env` is what the responder is configured by, `settings` are lines of lighttpd's own configuration. */
  static async start(ws, env = {}, { maxFds = 8192, settings = [] } = {}) {
    const server = new Lighttpd();
    server.ws = ws;
    server.env = env;
    server.settings = [`server.max-fds = ${maxFds}`, ...settings];
    server.port = await freePort();
    server.config = ws.path('lighttpd.conf');
    server.errors = ws.path('lighttpd.log');
    server.earlier = '';
    fs.mkdirSync(ws.path('uploads'));
    fs.writeFileSync(server.config, server.configuration());
    ws.own(server);
    await server.start();
    return server;
  }

  configuration() {
    const { ws } = this;
    const types = Object.entries(MIME).map(
      ([end, type]) => `".${end}" => "${type}; charset=utf-8"`,
    );
    return [
      `var.sse_fcgi = "${program('sse.fcgi')}"`,
      `var.sse_socket = "${ws.path('sse.sock')}"`,
      `server.port = ${this.port}`,
      'server.bind = "127.0.0.1"',
      `server.document-root = "${fs.existsSync(www) ? www : ws.dir}"`,
      `server.errorlog = "${this.errors}"`,
      `server.pid-file = "${ws.path('lighttpd.pid')}"`,
      `server.upload-dirs = ( "${ws.path('uploads')}" )`,
      ...this.settings,
      'index-file.names = ( "index.html" )',
      `mimetype.assign = ( ${types.join(', ')} )`,
      `include "${lighttpdFragment}"`,
      '',
    ].join('\n');
  }

  async start() {
    const env = this.ws.environment(this.env);
    this.child = new Child(this.name, 'lighttpd', ['-D', '-f', this.config], {
      env,
      cwd: this.ws.dir,
    });
    await eventually(() => {
      if (this.child.end) throw new Error(`lighttpd ended: ${this.log()}`);
      return (this.pids = this.responders()).length > 0;
    }, 'lighttpd has started the responder');
    this.pids.forEach(watchProcess);
    const ready = async () => (await this.request('/sse', { method: 'HEAD' })).status === 200;
    await eventually(ready, 'lighttpd answers');
  }

  /** As a service manager restarts it, and with it the responder. */
  async restart() {
    await this.stop();
    await this.start();
  }

  /** Ends the responder by a signal; lighttpd starts the next one by itself. */
  async replaceResponder(signal) {
    const { pid } = this;
    process.kill(pid, signal);
    await this.replaced(pid);
  }

  /** Has lighttpd read its configuration anew: it ends the responder, and starts another one. */
  async reload() {
    const { pid } = this;
    this.child.signal('SIGUSR1');
    await this.replaced(pid);
  }

  async replaced(pid) {
    await ended(pid);
    const isBack = () => (this.pids = this.responders()).length === 1 && this.pids[0] !== pid;
    await eventually(isBack, 'lighttpd has started another responder');
    this.pids.forEach(watchProcess);
  }

  /** The pids of the responders that lighttpd runs now. */
  responders() {
    const isOurs = (pid) => {
      try {
        return fs.readlinkSync(`/proc/${pid}/exe`) === fs.realpathSync(program('sse.fcgi'));
      } catch {
        return false;
      }
    };
    return childrenOf(this.child.pid).filter(isOurs);
  }

  /** The pid of the one responder. */
  get pid() {
    assert.equal(this.pids.length, 1, 'lighttpd runs one responder');
    return this.pids[0];
  }

  open(target, options) {
    return openHttp(this.port, target, options);
  }

  get origin() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The responder that was started first must be the one that still runs: none has crashed. */
  check() {
    if (!this.child) return;
    assert.ok(this.child.alive, 'lighttpd is still alive');
    assert.ok(this.pids.every(isAlive), 'the responder under lighttpd is still alive');
    assert.deepEqual(
      this.responders(),
      this.pids,
      'lighttpd did not have to start another responder',
    );
  }

  async stop() {
    if (!this.child) return;
    const { child } = this;
    this.child = null;
    await child.stop();
    this.earlier += child.log();
    for (const pid of this.pids) await ended(pid);
  }

  log() {
    const errors = fs.existsSync(this.errors) ? fs.readFileSync(this.errors, 'utf8') : '';
    return this.earlier + (this.child?.log() ?? '') + errors;
  }
}
