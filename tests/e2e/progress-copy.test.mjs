// sse-progress copy: trees as they were, whatever ends it in the middle; and what it says meanwhile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { program, scaled } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const MIB = 1 << 20;

const reports = async (stack, channel = 'jobs/copy') =>
  (await stack.redis.logOf(channel)).map(({ event, data }) => ({ event, ...JSON.parse(data) }));

function startCopy(stack, args, { command = [], ...options } = {}) {
  const [first, ...rest] = [...command, program('sse-progress'), 'copy', ...args];
  const env = stack.ws.environment(stack.env);
  return stack.ws.own(new Child('sse-progress copy', first, rest, { env, cwd: stack.ws.dir, ...options }));
}

/** Data that differs from place to place. */
function writeData(file, mib) {
  const out = fs.openSync(file, 'w');
  const chunk = Buffer.alloc(MIB);
  for (let i = 0; i < mib; i++) {
    for (let at = 0; at < MIB; at += 4096) chunk.writeUInt32BE(i * 256 + at / 4096 + 1, at);
    fs.writeSync(out, chunk);
  }
  fs.closeSync(out);
}

/** A file of 64 MiB with 2 MiB of data in it. */
function writeHoles(file) {
  const out = fs.openSync(file, 'w');
  for (const at of [8, 40]) fs.writeSync(out, Buffer.alloc(MIB, 'x'), 0, MIB, at * MIB);
  fs.ftruncateSync(out, 64 * MIB);
  fs.closeSync(out);
}

function makeTree(dir, mib) {
  fs.mkdirSync(path.join(dir, 'sub/deep'), { recursive: true });
  writeData(path.join(dir, 'big'), mib);
  writeHoles(path.join(dir, 'sub/holes'));
  for (let i = 0; i < 50; i++) fs.writeFileSync(path.join(dir, 'sub/deep', `${i}`), `${i}\n`.repeat(i));
  fs.linkSync(path.join(dir, 'sub/deep/49'), path.join(dir, 'another name'));
  fs.symlinkSync('no such\nfile', path.join(dir, 'link'));
  fs.chmodSync(path.join(dir, 'sub/deep/7'), 0o640);
  fs.writeFileSync(Buffer.from(path.join(dir, 'latin-\xe4'), 'latin1'), 'a name that is no UTF-8');
  fs.utimesSync(path.join(dir, 'sub/deep/8'), 1e9, 1e9 + 0.5);
  fs.utimesSync(path.join(dir, 'sub'), 1.1e9, 1.1e9);
}

/** Every name below `dir`: kind and mode, owner, size, mtime to the nanosecond, links, and what it links to. */
function listing(dir) {
  const format = '%P\t%M\t%U:%G\t%s\t%n\t%T@\t%l\n';
  const list = execFileSync('find', [dir, '(', '-type', 'd', '-printf', '%P\t%M\t%U:%G\t%T@\n', ')',
    '-o', '-printf', format], { encoding: 'latin1' });
  return list.split('\n').sort().join('\n');
}

/** What it takes on the disk, in KiB. Of one file in many pieces also that which says where they are. */
const room = (dir) => parseInt(execFileSync('du', ['-sk', dir], { encoding: 'latin1' }), 10);

function assertSame(source, target) {
  execFileSync('diff', ['-r', '--no-dereference', source, target]);
  assert.equal(listing(target), listing(source));
  assert.ok(Math.abs(room(target) - room(source)) < 1024, 'holes are kept');
}

/** The hidden files below `dir`, and their sizes. */
function partials(dir) {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir, { recursive: true })
    .filter((name) => path.basename(name).startsWith('.sse-copy-'))
    .map((name) => fs.lstatSync(path.join(dir, name)).size);
}

scenario('a tree is copied as it is, and its bytes are told', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws.path('a'), 64);
  const end = await startCopy(stack, ['a', 'b', '-c', 'jobs/x', '--task', 'backup']).exited;
  assert.equal(end.code, 0);
  assertSame(ws.path('a'), ws.path('b'));
  const events = await reports(stack, 'jobs/x');
  assert.equal(events[0].event, 'start');
  for (const { task, state, moved, total } of events.slice(1, -1)) {
    assert.deepEqual([task, state], ['backup', 'running']);
    assert.ok(moved <= total);
  }
  const [running, done] = events.slice(-2);
  assert.equal(running.event, 'progress');
  assert.equal(running.percent, '100.00');
  assert.ok(done.moved > 66 * MIB && done.moved < 67 * MIB, `holes do not count: ${done.moved}`);
  assert.deepEqual(
    [done.event, done.state, done.total, done.exit, done.unit],
    ['done', 'done', done.moved, 0, 'bytes'],
  );
});

for (const [where, target, result] of [
  ['into a directory', 't', 't/a'],
  ['to a new name', 'n', 'n'],
]) {
  scenario(`killed again and again ${where} it gets through, and a half file never has its name`, async (ws) => {
    const stack = await startPublisher(ws);
    const mib = scaled(1024, 512);
    fs.mkdirSync(ws.path('t'));
    makeTree(ws.path('a'), mib);
    let kills = 0;
    for (let kept = 0; ; kills++) {
      const child = startCopy(stack, ['a', target]);
      const far = () => child.end || partials(ws.path(target)).some((size) => size > kept + 48 * MIB);
      await eventually(far, 'it is some way on, or through', { every: 1 });
      await child.kill();
      if (child.end.code === 0) break;
      const big = ws.path(`${result}/big`);
      if (fs.existsSync(big)) assert.equal(fs.statSync(big).size, mib * MIB, 'it is whole');
      else [kept] = partials(ws.path(target)).sort((a, b) => b - a);
    }
    ws.note(`killed ${kills} times`);
    assert.ok(kills > 0);
    assertSame(ws.path('a'), ws.path(result));
    assert.deepEqual(partials(ws.path(target)), []);
  });
}

scenario('a run after one that was cut off goes on where it was', async (ws) => {
  const stack = await startPublisher(ws);
  writeData(ws.path('a'), 96);
  // The kernel ends it at exactly that size: no file of the process may grow past it.
  const cut = await startCopy(stack, ['a', 'b'], { command: ['prlimit', `--fsize=${50 * MIB}`, '--'] }).exited;
  assert.equal(cut.signal, 'SIGXFSZ');
  assert.equal(fs.existsSync(ws.path('b')), false);
  assert.deepEqual(partials(ws.dir), [50 * MIB]);
  const before = (await reports(stack)).length;
  assert.equal((await startCopy(stack, ['a', 'b']).exited).code, 0);
  execFileSync('cmp', [ws.path('a'), ws.path('b')]);
  assert.deepEqual(partials(ws.dir), []);
  const events = (await reports(stack)).slice(before);
  for (const { moved } of events) assert.ok(moved === 0 || moved >= 50 * MIB, `${moved} were copied again`);
  const { moved, rate, duration } = events.at(-1);
  assert.equal(moved, 96 * MIB);
  assert.equal(Math.round(rate * duration), 46 * MIB, 'what was there is no speed');
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  scenario(`${signal} ends it, keeps what is there, and is told`, async (ws) => {
    const stack = await startPublisher(ws);
    writeData(ws.path('a'), scaled(1024, 512));
    const child = startCopy(stack, ['a', 'b']);
    await eventually(() => partials(ws.dir)[0] > 0, 'it copies', { every: 1 });
    assert.equal((await child.stop(signal)).signal, signal);
    assert.match(child.stderr(), /^sse-progress copy: stopped at \d+ of \d+ bytes; run it again/m);
    assert.equal(fs.existsSync(ws.path('b')), false);
    const last = (await reports(stack)).at(-1);
    assert.deepEqual([last.event, last.state, last.signal], ['failed', 'failed', signal]);
    assert.deepEqual(partials(ws.dir), [last.moved]);
    assert.equal((await startCopy(stack, ['a', 'b']).exited).code, 0);
    execFileSync('cmp', [ws.path('a'), ws.path('b')]);
  });
}

scenario('what cannot be copied is named, and the rest is copied', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws.path('a'), 4);
  execFileSync('mkfifo', [ws.path('a/fifo')]);
  const child = startCopy(stack, ['none', 'a', ws.dir, 'a/sub', '.']);
  assert.equal((await child.exited).code, 1);
  const said = child.stderr().split('\n');
  for (const line of [
    'sse-progress copy: none: No such file or directory',
    `sse-progress copy: a: is the same file as the target`,
    `sse-progress copy: ${ws.dir}: cannot be copied into itself`,
  ])
    assert.ok(said.includes(line), `${line} is not in ${child.stderr()}`);
  execFileSync('diff', ['-r', ws.path('a/sub'), ws.path('sub')]);
  const again = startCopy(stack, ['a', 'b']);
  assert.equal((await again.exited).code, 1);
  assert.equal(again.stderr(), 'sse-progress copy: a/fifo: is a FIFO: left out\n');
  const events = await reports(stack);
  assert.ok(events.some(({ event, line }) => event === 'log' && line === 'a/fifo: is a FIFO: left out'));
  assert.deepEqual([events.at(-1).event, events.at(-1).exit], ['failed', 1]);
  assertSame(ws.path('a/sub'), ws.path('b/sub'));
  for (const [args, word] of [
    [[], 'source'],
    [['a'], 'target'],
  ]) {
    const usage = await ws.run('sse-progress', ['copy', ...args]);
    assert.equal(usage.code, 64);
    assert.match(usage.stderr, new RegExp(`the ${word} is missing`));
  }
});

scenario('what does not fit is named, and goes on where it was when there is room', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws.path('a'), 64);
  // Files may not grow past 20 MiB: an error like a full disk's, but only for one of them.
  const command = ['sh', '-c', `trap '' XFSZ; exec prlimit --fsize=${20 * MIB} -- "$@"`, 'sh'];
  const child = startCopy(stack, ['a', 'b'], { command });
  assert.equal((await child.exited).code, 1);
  const said = child.stderr().trimEnd().split('\n').sort();
  assert.equal(said[0], 'sse-progress copy: a/big: to b/big: File too large (another run goes on where it is)');
  assert.match(said[1], /^sse-progress copy: a\/sub\/holes: to b\/sub\/holes: File too large/);
  assert.equal(said.length, 2);
  execFileSync('diff', ['-r', ws.path('a/sub/deep'), ws.path('b/sub/deep')]);
  const before = (await reports(stack)).length;
  assert.equal((await startCopy(stack, ['a', 'b']).exited).code, 0);
  assertSame(ws.path('a'), ws.path('b'));
  assert.deepEqual(partials(ws.path('b')), []);
  assert.ok((await reports(stack)).length > before);
});

const isRoot = process.getuid() === 0;

scenario('who is not root gets what may be read, and no set-ID bits of others', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  const nobody = { uid: 65534, gid: 65534 };
  fs.chmodSync(ws.dir, 0o755);
  fs.mkdirSync(ws.path('a'));
  fs.mkdirSync(ws.path('t'));
  fs.chownSync(ws.path('t'), nobody.uid, nobody.gid);
  for (const [name, mode] of [['secret', 0o600], ['suid', 0o4755], ['sgid', 0o2750 | 0o005], ['plain', 0o444]]) {
    fs.writeFileSync(ws.path(`a/${name}`), name);
    fs.chmodSync(ws.path(`a/${name}`), mode);
  }
  const child = startCopy(stack, ['--timeout', '0', 'a', 't'], nobody);
  assert.equal((await child.exited).code, 1);
  assert.match(child.stderr(), /^sse-progress copy: a\/secret: cannot be read: Permission denied$/m);
  const modes = ['suid', 'sgid', 'plain'].map((name) => fs.statSync(ws.path(`t/a/${name}`)).mode & 0o7777);
  assert.deepEqual(modes, [0o755, 0o755, 0o444]);
  assert.equal(fs.existsSync(ws.path('t/a/secret')), false);
  assert.equal(fs.statSync(ws.path('t/a/plain')).uid, nobody.uid);
});

scenario('a tree that its owner may not write to is copied whole', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  fs.chmodSync(ws.dir, 0o777);
  fs.mkdirSync(ws.path('a'));
  fs.writeFileSync(ws.path('a/file'), 'x');
  fs.chmodSync(ws.path('a'), 0o555);
  fs.utimesSync(ws.path('a'), 1e9, 1e9);
  const child = startCopy(stack, ['--timeout', '0', 'a', 'b'], { uid: 65534, gid: 65534 });
  assert.equal((await child.exited).code, 0, child.stderr());
  const { mode, mtimeMs } = fs.statSync(ws.path('b'));
  assert.deepEqual([mode & 0o7777, mtimeMs], [0o555, 1e12]);
  assert.deepEqual(fs.readdirSync(ws.path('b')), ['file']);
});

scenario('on a terminal there is a bar, and what is wrong stands on lines of its own', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws.path('a'), 1024);
  execFileSync('mkfifo', [ws.path('a/fifo')]);
  const command = ['script', '-qec', `${program('sse-progress')} copy a b`, '/dev/null'];
  const [first, ...args] = command;
  const child = ws.own(new Child('script', first, args, { env: ws.environment(stack.env), cwd: ws.dir }));
  assert.equal((await child.exited).code, 1);
  assert.match(child.stdout(), /\r[^\r\n]*\d%/);
  assert.match(child.stdout(), /(^|\n|\r|\x1b\[K)sse-progress copy: a\/fifo: is a FIFO: left out\r\n/);
});

scenario('--move renames, and between filesystems copies, syncs and removes', async (ws) => {
  const stack = await startPublisher(ws);
  const other = fs.mkdtempSync('/dev/shm/sse-');
  try {
    makeTree(ws.path('a'), 8);
    assert.equal((await startCopy(stack, ['a', 'kept']).exited).code, 0);
    const { ino } = fs.statSync(ws.path('a/big'));
    assert.equal((await startCopy(stack, ['--move', 'a', 'b']).exited).code, 0);
    assert.equal(fs.statSync(ws.path('b/big')).ino, ino);
    assert.notEqual(fs.statSync(other).dev, fs.statSync(ws.dir).dev, '/dev/shm is another filesystem');
    assert.equal((await startCopy(stack, ['--move', 'b', other]).exited).code, 0);
    assert.equal(fs.existsSync(ws.path('b')), false);
    assertSame(ws.path('kept'), path.join(other, 'b'));
  } finally {
    fs.rmSync(other, { recursive: true });
  }
});

scenario('Redis frozen and killed meanwhile holds nothing up, and gets the end when it is back', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws.path('a'), 64);
  stack.redis.freeze();
  const child = startCopy(stack, ['a', 'b', '--timeout', '60']);
  await eventually(() => fs.existsSync(ws.path('b/big')) && partials(ws.path('b')).length === 0, 'it is copied');
  await stack.redis.kill();
  await eventually(() => child.stderr().includes('; the job goes on'), 'it says so');
  assert.ok(child.alive, 'it waits with the end');
  await stack.redis.start();
  assert.equal((await child.exited).code, 0);
  assertSame(ws.path('a'), ws.path('b'));
  assert.equal((await reports(stack)).at(-1).event, 'done');
});

scenario('--move removes nothing of what is mounted at the target', async (ws) => {
  const stack = await startPublisher(ws);
  for (const dir of ['a/sub', 'b/a/sub']) fs.mkdirSync(ws.path(dir), { recursive: true });
  fs.writeFileSync(ws.path('a/sub/data'), 'data');
  fs.writeFileSync(ws.path('a/file'), 'file');
  fs.writeFileSync(ws.path('b/a/file'), '');
  const mounts = 'mount --bind a/sub b/a/sub && mount --bind a/file b/a/file && exec "$@"';
  const command = ['unshare', '-rm', 'sh', '-c', mounts, 'sh'];
  const copy = startCopy(stack, ['--move', 'a', 'b'], { command });
  assert.equal((await copy.exited).code, 1, copy.stderr());
  assert.match(copy.stderr(), /a\/sub: is the same directory as the target\n/);
  assert.match(copy.stderr(), /a\/file: is the same file as the target\n/);
  assert.equal(fs.readFileSync(ws.path('a/sub/data'), 'utf8'), 'data');
  assert.equal(fs.readFileSync(ws.path('a/file'), 'utf8'), 'file');
});
