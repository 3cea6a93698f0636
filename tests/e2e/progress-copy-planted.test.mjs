// sse-progress copy into a folder where others write, too: what they put under its hidden names.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const MIB = 1 << 20;
const NOBODY = 65534;
const isRoot = process.getuid() === 0;

const copyArgs = (stack) => ({ env: stack.ws.environment(stack.env), cwd: stack.ws.dir });
const copy = (stack, ...args) => runProgram(program('sse-progress'), ['copy', ...args], copyArgs(stack));
const hidden = (dir) => fs.readdirSync(dir).filter((name) => name.startsWith('.sse-copy-'));

/** The hidden name for what is made in one step and then called `name`: FNV-1a of it. */
function stepName(name) {
  let sum = 14695981039346656037n;
  for (const byte of Buffer.from(name)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 1099511628211n);
  return `.sse-copy-${sum.toString(16).padStart(16, '0')}.link`;
}

/** The hidden name of `t/b` while `a` is copied to it: a run whose files may not grow past 1 MiB leaves it. */
async function partialName(stack) {
  const command = [`--fsize=${MIB}`, '--', program('sse-progress'), 'copy', 'a', 't/b'];
  await runProgram('prlimit', command, copyArgs(stack));
  const [name] = hidden(stack.ws.path('t'));
  assert.match(name, /\.partial$/);
  fs.rmSync(stack.ws.path(`t/${name}`));
  return stack.ws.path(`t/${name}`);
}

const PLANTS = {
  'a symbolic link': (name, victim) => fs.symlinkSync(victim, name),
  'a hard link': (name, victim) => fs.linkSync(victim, name),
  'a dangling link': (name, victim) => fs.symlinkSync(`${victim}-new`, name),
};

for (const [what, plant] of Object.entries(PLANTS)) {
  scenario(`${what} under the hidden name is replaced, not written through`, async (ws) => {
    const stack = await startPublisher(ws);
    fs.mkdirSync(ws.path('t'));
    fs.writeFileSync(ws.path('a'), Buffer.alloc(3 * MIB, 'new'));
    fs.writeFileSync(ws.path('victim'), 'must stay');
    fs.utimesSync(ws.path('victim'), 1e9, 1e9);
    const before = fs.statSync(ws.path('victim'));
    plant(await partialName(stack), ws.path('victim'));
    const end = await copy(stack, 'a', 't/b');
    assert.equal(end.code, 0, end.stderr);
    assert.equal(fs.readFileSync(ws.path('victim'), 'utf8'), 'must stay');
    const { mode, uid, mtimeMs } = fs.statSync(ws.path('victim'));
    assert.deepEqual([mode, uid, mtimeMs], [before.mode, before.uid, before.mtimeMs]);
    assert.equal(fs.existsSync(ws.path('victim-new')), false);
    const made = fs.lstatSync(ws.path('t/b'));
    assert.ok(made.isFile() && made.nlink === 1);
    assert.deepEqual(fs.readFileSync(ws.path('t/b')), fs.readFileSync(ws.path('a')));
    assert.deepEqual(hidden(ws.path('t')), []);
  });
}

scenario("another user's file under the hidden name is not gone on with", { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  fs.mkdirSync(ws.path('t'));
  fs.writeFileSync(ws.path('a'), Buffer.alloc(3 * MIB, 'new'));
  const name = await partialName(stack);
  fs.writeFileSync(name, Buffer.alloc(MIB, 'new'));
  fs.chownSync(name, NOBODY, NOBODY);
  const open = fs.openSync(name, 'r+'); // as its owner may keep it
  const { ino } = fs.fstatSync(open);
  assert.equal((await copy(stack, 'a', 't/b')).code, 0);
  assert.notEqual(fs.statSync(ws.path('t/b')).ino, ino);
  assert.deepEqual(fs.readFileSync(ws.path('t/b')), fs.readFileSync(ws.path('a')));
  fs.closeSync(open);
});

scenario('a hard link under the final name gives nobody the file that it is of', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  fs.mkdirSync(ws.path('t'));
  fs.writeFileSync(ws.path('victim'), 'secret');
  fs.chmodSync(ws.path('victim'), 0o600);
  fs.utimesSync(ws.path('victim'), 1e9, 1e9);
  fs.linkSync(ws.path('victim'), ws.path('t/a'));
  fs.writeFileSync(ws.path('a'), 'SECRET'); // as long and as old: it looks as if it had been copied
  fs.chmodSync(ws.path('a'), 0o666);
  fs.utimesSync(ws.path('a'), 1e9, 1e9);
  fs.chownSync(ws.path('a'), NOBODY, NOBODY);
  assert.equal((await copy(stack, 'a', 't')).code, 0);
  const { uid, mode } = fs.statSync(ws.path('victim'));
  assert.deepEqual([uid, mode & 0o777], [0, 0o600]);
  assert.equal(fs.readFileSync(ws.path('t/a'), 'utf8'), 'SECRET');
});

scenario('for a new tree likewise: no link is followed, no claim of others counts', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  for (const dir of ['t', 'a', 'elsewhere']) fs.mkdirSync(ws.path(dir));
  fs.writeFileSync(ws.path('a/file'), 'x');
  fs.symlinkSync(ws.path('elsewhere'), ws.path(`t/${stepName('b')}`));
  assert.equal((await copy(stack, 'a', 't/b')).code, 0);
  assert.ok(fs.lstatSync(ws.path('t/b')).isDirectory());
  assert.deepEqual(fs.readdirSync(ws.path('elsewhere')), []);
  assert.deepEqual(fs.readdirSync(ws.path('t/b')), ['file']);
  // A claim on a folder that is there would have the copy go into it, and not into t/a.
  const { dev, ino } = fs.statSync(ws.path('a'));
  const claim = ws.path(`t/.sse-copy-${dev.toString(16)}-${ino.toString(16)}.tree`);
  fs.writeFileSync(claim, '');
  fs.chownSync(claim, NOBODY, NOBODY);
  assert.equal((await copy(stack, 'a', 't')).code, 0);
  assert.deepEqual(fs.readdirSync(ws.path('t/a')), ['file']);
});
