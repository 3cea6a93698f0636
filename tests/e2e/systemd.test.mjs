// The systemd units that we ship: systemd has nothing to say against them, they are as closed as they can be, their
// settings are those of the program, and sse.fcgi takes its socket as systemd passes it. What needs systemd as PID 1
// (start, restart, journal) is in tests/walk.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { program, root } from './lib/build.mjs';
import { Child, isAlive, runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder, canConnect } from './lib/responder.mjs';
import { scenario } from './lib/workspace.mjs';

const folder = path.join(root, 'deploy/systemd');
const SERVICES = ['sse-fcgi.service', 'sse-progress@.service'];
const MOST_EXPOSED = 1.5; // of 10; an ordinary service has 9.6

function lacks(tool) {
  return spawnSync(tool, ['--version']).error && `${tool} is missing (package systemd)`;
}

/** The units with programs in them that exist: verify looks for them. */
function copyUnits(ws) {
  const units = ws.path('units');
  fs.mkdirSync(units);
  for (const name of fs.readdirSync(folder).filter((file) => /\.(service|socket)$/.test(file))) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const here = text
      .replace('/usr/local/lib/sse-fcgi/sse.fcgi', program('sse.fcgi'))
      .replace('/usr/local/bin/sse-progress', program('sse-progress'));
    fs.writeFileSync(path.join(units, name), here);
  }
  return units;
}

scenario('systemd finds nothing wrong in the units', { skip: lacks('systemd-analyze') }, async (ws) => {
  const units = copyUnits(ws);
  const names = ['sse-fcgi.socket', 'sse-fcgi.service', 'sse-progress@demo.service', 'sse-progress@clock.service'];
  for (const name of ['demo', 'clock']) {
    fs.copyFileSync(path.join(units, 'sse-progress@.service'), path.join(units, `sse-progress@${name}.service`));
  }
  const files = names.map((name) => path.join(units, name));
  const end = await runProgram('systemd-analyze', ['verify', '--man=no', ...files], { env: ws.environment() });
  const said = end.stderr.split('\n').filter((line) => line.includes('sse-'));
  assert.deepEqual(said, []);
  assert.equal(end.code, 0, end.stderr);
});

for (const name of SERVICES) {
  scenario(`${name} gets no more than it needs`, { skip: lacks('systemd-analyze') }, async (ws) => {
    const args = ['security', '--offline=true', '--no-pager', path.join(folder, name)];
    const end = await runProgram('systemd-analyze', args, { env: ws.environment() });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(end.stdout)?.[1]);
    ws.note(`${name}: exposure ${exposure} of 10`);
    assert.ok(exposure <= MOST_EXPOSED, end.stdout + end.stderr);
  });
}

scenario('the file with settings has each of the program, with its default', async (ws) => {
  const help = (await ws.run('sse.fcgi', ['--help'])).stdout;
  const defaults = {};
  for (const [, option, value] of help.matchAll(/^  --([a-z-]+) .*?(?: \[(.*)\])?$/gm)) {
    defaults[`SSE_${option.toUpperCase().replaceAll('-', '_')}`] = value ?? '';
  }
  delete defaults.SSE_LISTEN; // systemd makes the socket
  delete defaults.SSE_LISTEN_MODE;
  defaults.SSE_MOUNT = '/sse,/events'; // of the unit
  const text = fs.readFileSync(path.join(folder, 'sse-fcgi.default'), 'utf8');
  assert.doesNotMatch(text, /^[^#\n]/m, 'all are commented out');
  const settings = [...text.matchAll(/^#(SSE_[A-Z_]+)=(.*)$/gm)].map(([, ...pair]) => pair);
  const { SSE_KEEP, SSE_TTL, ...responders } = Object.fromEntries(settings);
  assert.deepEqual(responders, defaults);
  assert.ok(SSE_KEEP && SSE_TTL, "sse-progress's own");
});

scenario('systemd-socket-activate starts it with the first request', { skip: lacks('systemd-socket-activate') }, async (ws) => {
  const redis = await Redis.start(ws);
  const address = { path: ws.path('s.sock') };
  const variables = { SSE_REDIS: redis.url, SSE_MOUNT: '/sse,/events' };
  const setenv = Object.entries(variables).map(([name, value]) => `--setenv=${name}=${value}`);
  const args = [`--listen=${address.path}`, ...setenv, program('sse.fcgi')];
  const child = new Child('systemd-socket-activate', 'systemd-socket-activate', args, { env: ws.environment(variables), cwd: ws.dir });
  ws.own({ name: 'systemd-socket-activate', stop: () => child.kill(), log: () => child.log() });
  await eventually(() => fs.existsSync(address.path), 'the socket is there');
  const exe = () => fs.readlinkSync(`/proc/${child.pid}/exe`);
  assert.match(exe(), /systemd-socket-activate$/);
  const responder = Object.assign(new Responder(), { ws, address, child, name: 'sse.fcgi', stopped: true });
  const stream = await responder.stream('/sse/a');
  assert.equal(exe(), fs.realpathSync(program('sse.fcgi')));
  assert.ok(isAlive(child.pid) && (await canConnect(address)));
  await ws.run('sse-publish', ['a', '--text', 'hello'], { env: variables });
  await stream.waitFor(() => stream.published().some(({ data }) => data === 'hello'), 'the event');
  const end = await child.stop();
  assert.equal(end.code, 0);
  await stream.over();
  assert.ok(fs.existsSync(address.path), 'the socket is not ours to remove');
});
