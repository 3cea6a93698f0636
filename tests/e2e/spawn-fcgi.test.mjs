// The script for spawn-fcgi: it starts a responder on a socket with the right owner, mode and backlog, as an
// unprivileged user; it tells how it is, and stops it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { program, root } from './lib/build.mjs';
import { ended, isAlive, runProgram, watchProcess } from './lib/child.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder } from './lib/responder.mjs';
import { scenario } from './lib/workspace.mjs';

const script = path.join(root, 'deploy/spawn-fcgi/sse-fcgi');
const skip = process.getuid() !== 0 && 'only root may start a service under another user';
const WEB_SERVER = 'www-data';
const NOBODY = 'nobody';

const idOf = (flag, name) => Number(execFileSync('id', [flag, name]).toString());

/** The service in a workspace: run('start'), and what it works with. */
async function prepare(ws, settings = []) {
  const redis = await Redis.start(ws);
  fs.chmodSync(ws.dir, 0o755);
  fs.chmodSync(redis.socket, 0o777);
  const copy = ws.path('sse.fcgi'); // the project's folder may be closed to others
  fs.copyFileSync(program('sse.fcgi'), copy);
  fs.chmodSync(copy, 0o755);
  const files = { SETTINGS: ws.path('settings'), LOG: ws.path('log'), PIDFILE: ws.path('pid') };
  fs.writeFileSync(files.SETTINGS, [`SSE_REDIS=unix:${redis.socket}`, ...settings, ''].join('\n'));
  const address = { path: ws.path('run/sse.sock') };
  const env = { ...files, PROGRAM: copy, SOCKET: address.path, SOCKET_GROUP: WEB_SERVER, RUN_AS: NOBODY };
  const service = {
    address,
    log: () => (fs.existsSync(files.LOG) ? fs.readFileSync(files.LOG, 'utf8') : ''),
    pid: () => Number(fs.readFileSync(files.PIDFILE, 'utf8')),
    run: (verb, extra = {}) => runProgram(script, [verb], { env: ws.environment({ ...env, ...extra }), cwd: ws.dir }),
    responder: () => Object.assign(new Responder(), { ws, address }),
  };
  ws.own({ name: 'sse-fcgi', stop: () => service.run('stop'), log: service.log });
  return service;
}

async function succeed(end) {
  const { code, stdout, stderr } = await end;
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** The longest queue of a listening Unix socket, as the kernel has it. */
function backlogOf(socket) {
  const line = execFileSync('ss', ['-xlnH', 'src', `unix:${socket}`]).toString();
  return Number(line.trim().split(/\s+/)[3]);
}

scenario('spawn-fcgi starts, streams and stops', { skip }, async (ws) => {
  const service = await prepare(ws, ['# a comment', 'SSE_LOG="debug"', "SSE_CHANNEL='it is'", 'SSE_CHANNEL=news$x&']);
  assert.equal((await service.run('status')).code, 3);
  // A bad setting is told, with what it says.
  const bad = await service.run('start');
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /news\$x&/);
  fs.writeFileSync(ws.path('settings'), fs.readFileSync(ws.path('settings'), 'utf8').replace('news$x&', 'news'));

  await succeed(service.run('start'));
  const pid = service.pid();
  watchProcess(pid);
  assert.match(await succeed(service.run('status')), /is running/);
  const { mode, uid, gid } = fs.statSync(service.address.path);
  assert.equal((mode & 0o777).toString(8), '660');
  assert.deepEqual([uid, gid], [idOf('-u', NOBODY), idOf('-g', WEB_SERVER)]);
  assert.equal(fs.statSync(`/proc/${pid}`).uid, idOf('-u', NOBODY));
  assert.ok(backlogOf(service.address.path) >= Math.min(4096, Number(fs.readFileSync('/proc/sys/net/core/somaxconn'))));
  const limits = fs.readFileSync(`/proc/${pid}/limits`, 'latin1');
  assert.ok(Number(/Max open files\s+(\d+)/.exec(limits)[1]) >= 4096, limits);

  const stream = await service.responder().stream('/events');
  assert.match(stream.raw().toString(), /"channels":\["news"\]/);
  await succeed(service.run('start')); // it runs: nothing happens
  assert.equal(service.pid(), pid);
  await succeed(service.run('stop'));
  await ended(pid);
  await stream.over();
  assert.ok(stream.clean, 'the stream was ended, not cut');
  assert.equal((await service.run('status')).code, 3);
  assert.ok(!fs.existsSync(service.address.path));
  assert.match(service.log(), /^sse\.fcgi: started /m);
  await succeed(service.run('stop')); // it is stopped: nothing happens
});

scenario('restart puts another in its place', { skip }, async (ws) => {
  const service = await prepare(ws);
  await succeed(service.run('restart'));
  const first = service.pid();
  watchProcess(first);
  await succeed(service.run('restart'));
  watchProcess(service.pid());
  assert.notEqual(service.pid(), first);
  assert.ok(!isAlive(first));
  await service.responder().stream('/sse/a');
});

scenario('what is missing is said', { skip }, async (ws) => {
  const service = await prepare(ws);
  const end = await service.run('start', { PROGRAM: ws.path('none') });
  assert.equal(end.code, 1);
  assert.match(end.stderr, /there is no .*none: make install/);
  const usage = await service.run('strat');
  assert.equal(usage.code, 64);
  assert.match(usage.stderr, /start\|stop\|restart\|status/);
});
