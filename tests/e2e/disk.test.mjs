// The disk under Redis is full: what cannot be stored is not acknowledged, and when there is room again all goes on.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import assert from 'node:assert/strict';
import { Publishers } from './lib/publishers.mjs';
import { Redis } from './lib/redis.mjs';
import { startWeb } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { scenario } from './lib/workspace.mjs';
import { eventually } from './lib/eventually.mjs';

const DISK_MIB = 4;

/** A small disk at `dir`, until the test ends. */
function mountDisk(ws, dir) {
  fs.mkdirSync(dir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', dir]);
  ws.owned.push({ stop: () => execFileSync('umount', [dir]) });
}

/** Why there can be no such disk here, or false. */
function cannotMount() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sse-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', dir], { stdio: 'pipe' });
    execFileSync('umount', [dir]);
    return false;
  } catch (error) {
    return `no disk can be mounted here: ${error.stderr ?? error.message}`;
  } finally {
    fs.rmdirSync(dir);
  }
}

const skip = cannotMount();

scenario('a full disk: nothing is acknowledged that is not stored, then all goes on', { skip }, async (ws) => {
  const disk = ws.path('disk');
  mountDisk(ws, disk);
  const config = ['--dir', disk, '--appendfsync', 'everysec'];
  const redis = await Redis.start(ws, { appendonly: true, config });
  const stack = await startWeb(ws, { SSE_HEARTBEAT: '1' }, { redis });
  const streams = Streams.start(ws, stack.server.port, 20, ['/sse/a', '/sse?channel=a,b']);
  await streams.live();
  const load = new Publishers(stack, ['a', 'b'], { args: ['--timeout', '60'] });
  load.run(100);
  await load.acknowledges(50);

  fill(path.join(disk, 'ballast'));
  await redis.command('SET', 'more', 'x'.repeat(8192)); // what is buffered must go to the disk
  await eventually(async () => {
    const answer = await redis.command('SET', 'probe', '1').catch((error) => error.message);
    return /MISCONF/.test(answer) || Promise.reject(new Error(answer));
  }, 'Redis refuses to write');
  const before = load.acknowledged;
  const { code, stderr } = await stack.run(['--timeout', '1', 'a', '1']);
  assert.equal(code, 69, stderr);
  assert.match(stderr, /MISCONF/);
  await load.wrote(50);
  assert.ok(load.acknowledged - before < 50, 'nothing is acknowledged meanwhile');

  fs.rmSync(path.join(disk, 'ballast'));
  await load.acknowledges();
  const verdict = await streams.finish(await load.finish());
  ws.note(JSON.stringify(verdict));
  assert.equal(verdict.connections, 20, 'no client was cut');
});

/** Writes until there is no room for one more byte. */
function fill(file) {
  const fd = fs.openSync(file, 'w');
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) fs.writeSync(fd, Buffer.alloc(size));
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    }
  }
  fs.closeSync(fd);
}
