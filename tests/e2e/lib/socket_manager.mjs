// What systemd does for a socket unit: it makes the socket, keeps it open, and starts the service on it.
import fs from 'node:fs';
import net from 'node:net';
import { program } from './build.mjs';
import { Child, ended, watchProcess } from './child.mjs';
import { eventually } from './eventually.mjs';
import { Server, openFcgi } from './open.mjs';

// Holds the socket as descriptor 3, and starts one more service for each line that it reads.
const HOLDER = {
  'descriptor 0': 'while read -r line; do "$0" <&3 3<&- & echo "pid $!"; done',
  LISTEN_FDS: `while read -r line; do
      LISTEN_FDS=1 sh -c 'export LISTEN_PID=$$; exec "$0"' "$0" </dev/null & echo "pid $!"
    done`,
};

const BACKLOG = 4096; // as in our unit, deploy/systemd

export class SocketManager extends Server {
  /** `by` says how services get the socket: 'descriptor 0' (StandardInput=socket) or 'LISTEN_FDS'. */
  static async start(ws, env, by) {
    const manager = new SocketManager();
    manager.name = 'socket manager';
    manager.address = { path: ws.path('managed.sock') };
    manager.count = 0;
    // Node.js removes the path that it has listened on: it shall not be ours.
    const path = ws.path('made.sock');
    const server = net.createServer();
    await new Promise((resolve) => server.listen({ path, backlog: BACKLOG }, resolve));
    fs.renameSync(path, manager.address.path);
    const stdio = ['pipe', 'pipe', 'pipe', server._handle.fd];
    const args = ['-c', HOLDER[by], program('sse.fcgi')];
    manager.child = new Child(manager.name, 'sh', args, {
      env: ws.environment(env),
      cwd: ws.dir,
      stdio,
    });
    server.close(); // before anybody connects: only the child has it from here on
    return ws.own(manager);
  }

  open(target, options) {
    return openFcgi(this.address, target, options);
  }

  /** Starts one more service on the socket; resolves to its pid when it has started. */
  async startService() {
    const number = ++this.count;
    this.child.process.stdin.write('start\n');
    const pids = () => this.child.stdout().match(/\d+/g) ?? [];
    const pid = await eventually(() => Number(pids()[number - 1]), 'the pid of the service');
    watchProcess(pid);
    this.pid = pid;
    await eventually(() => this.log().includes(`started pid=${pid} `), `service ${pid} starts`);
    return pid;
  }

  /** Ends a service as systemd does; resolves when it has ended. */
  async endService(pid) {
    process.kill(pid, 'SIGTERM');
    await ended(pid);
  }

  log() {
    return this.child.log();
  }

  async stop() {
    this.child.process.stdin.end();
    if (this.pid) await this.endService(this.pid);
    await this.child.exited;
  }
}
