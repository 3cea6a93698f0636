// sse-progress pipe: bytes as they are, counted; the end on its channel, whatever Redis does.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { program, sanitized } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const reports = async (stack, channel) =>
  (await stack.redis.logOf(channel)).map(({ event, data }) => ({ event, ...JSON.parse(data) }));

function startPipe(stack, args, options) {
  const env = stack.ws.environment(stack.env);
  const child = new Child('sse-progress pipe', program('sse-progress'), ['pipe', ...args], { env, ...options });
  return stack.ws.own(child);
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

scenario('a file goes through unchanged, with its size as the total', async (ws) => {
  const stack = await startPublisher(ws);
  const bytes = randomBytes(20_000_001);
  fs.writeFileSync(ws.path('in'), bytes);
  const stdio = [fs.openSync(ws.path('in')), fs.openSync(ws.path('out'), 'w'), 'pipe'];
  const end = await startPipe(stack, ['-c', 'jobs/x', '--task', 'load'], { stdio }).exited;
  stdio.slice(0, 2).forEach(fs.closeSync);
  assert.equal(end.code, 0);
  assert.equal(digest(fs.readFileSync(ws.path('out'))), digest(bytes));
  const events = await reports(stack, 'jobs/x');
  assert.equal(events[0].event, 'start');
  const { duration, rate, ...last } = events.at(-1);
  assert.deepEqual(last, {
    event: 'done',
    task: 'load',
    state: 'done',
    moved: bytes.length,
    total: bytes.length,
    percent: '100.00',
    unit: 'bytes',
    exit: 0,
  });
  assert.ok(duration >= 0 && rate > 0);
  assert.equal(events.at(-2).event, 'progress', 'the last progress is sent as well');
  assert.equal(events.at(-2).moved, bytes.length);
});

scenario('a reader that leaves ends it by SIGPIPE, and that is published', async (ws) => {
  const stack = await startPublisher(ws);
  const child = startPipe(stack, ['--size', '5M']);
  child.process.stdout.destroy();
  child.process.stdin.write('x'.repeat(100_000));
  assert.equal((await child.exited).signal, 'SIGPIPE');
  const last = (await reports(stack, 'jobs/pipe')).at(-1);
  assert.equal(last.event, 'failed');
  assert.equal(last.signal, 'SIGPIPE');
  assert.equal(last.exit, 141);
  assert.equal(last.total, 5 * 1024 * 1024);
});

scenario('Redis stops in the middle: bytes flow on, and the end is published when it is back', async (ws) => {
  const stack = await startPublisher(ws);
  const child = startPipe(stack, ['--timeout', '60']);
  child.process.stdin.write('before');
  await eventually(() => child.stdout() === 'before', 'the bytes are there');
  stack.redis.freeze();
  child.process.stdin.write(', meanwhile');
  await eventually(() => child.stdout() === 'before, meanwhile', 'they flow on');
  await stack.redis.kill();
  await eventually(() => child.stderr().includes('; the job goes on'), 'it says so');
  child.process.stdin.end(', after');
  await eventually(() => child.stdout() === 'before, meanwhile, after', 'they flow on');
  assert.ok(child.alive, 'it waits with the end');
  await stack.redis.start();
  assert.equal((await child.exited).code, 0);
  const events = await reports(stack, 'jobs/pipe');
  assert.deepEqual(
    events.filter(({ event }) => event === 'done').map(({ moved }) => moved),
    ['before, meanwhile, after'.length],
  );
  assert.equal(events.at(-1).event, 'done');
});

scenario('without Redis it gives up the end after --timeout, and exits 0', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.redis.kill();
  for (const timeout of ['0', '0.3']) {
    const child = startPipe(stack, ['--timeout', timeout]);
    child.process.stdin.end('all of it');
    assert.equal((await child.exited).code, 0);
    assert.equal(child.stdout(), 'all of it');
    assert.match(child.stderr(), /the end of jobs\/pipe is not published: Redis at .*: Connection refused \(SSE_REDIS/);
  }
});

/** Runs a pipe whose output is a file, perhaps below another command, and returns its end and the last event. */
async function pipeTo(stack, file, command = []) {
  const [first, ...args] = [...command, program('sse-progress'), 'pipe'];
  const out = fs.openSync(file, 'w');
  const child = new Child('sse-progress pipe', first, args, {
    env: stack.ws.environment(stack.env),
    stdio: ['pipe', out, 'pipe'],
  });
  stack.ws.own(child);
  fs.closeSync(out);
  child.process.stdin.end('all of it');
  const { code } = await child.exited;
  const { event, exit } = (await reports(stack, 'jobs/pipe')).at(-1);
  return { code, event, exit, stderr: child.stderr() };
}

scenario('a full disk ends it with 1, and a failure is published', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await pipeTo(stack, '/dev/full');
  assert.deepEqual([end.code, end.event, end.exit], [1, 'failed', 1]);
  assert.match(end.stderr, /^sse-progress pipe: standard output: No space left on device$/m);
});

scenario('a closed output or input ends it with 1, and a failure is published', async (ws) => {
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('in'), 'all of it');
  for (const [closed, side] of [
    ['<in >&-', 'output'],
    ['<in >&- 2>&-', 'output'],
    ['</dev/null >&-', 'output'],
    ['<&- >out', 'input'],
  ]) {
    const line = `exec ${program('sse-progress')} pipe ${closed}`;
    const child = new Child('sh', '/bin/sh', ['-c', line], { env: ws.environment(stack.env), cwd: ws.dir });
    ws.own(child);
    assert.equal((await child.exited).code, 1, closed);
    const said = `sse-progress pipe: standard ${side}: Bad file descriptor\n`;
    assert.equal(child.stderr(), closed.includes('2>&-') ? '' : said);
    const { event, exit, moved, reason } = (await reports(stack, 'jobs/pipe')).at(-1);
    assert.deepEqual([event, exit, moved, `sse-progress pipe: ${reason}\n`], ['failed', 1, 0, said], closed);
  }
});

const skip = sanitized && 'LeakSanitizer does not work below strace';

scenario('so does an output that fails only when it is closed, as on NFS', { skip }, async (ws) => {
  const stack = await startPublisher(ws);
  const file = ws.path('out');
  const inject = ['strace', '-f', '-o', ws.path('trace'), '-P', file, '-e', 'inject=close:error=EDQUOT'];
  const end = await pipeTo(stack, file, inject);
  assert.match(fs.readFileSync(ws.path('trace'), 'utf8'), /close\(1\).*INJECTED/);
  assert.deepEqual([end.code, end.event, end.exit], [1, 'failed', 1]);
  assert.match(end.stderr, /^sse-progress pipe: standard output: Disk quota exceeded$/m);
});
