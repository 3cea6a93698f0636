// sse-publish --lines: one event a line, pipelined, an id for each.
import assert from 'node:assert/strict';
import { program, scaled } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { Redis } from './lib/redis.mjs';
import { assertDelivered, assertRising } from './lib/sse.mjs';
import { LARGEST, startDirect, startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('--lines publishes the good lines and names the bad one by its number', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['--lines', 'a'], { stdin: '{"n":1}\nnot json\n{"n":3}\r\n{"n":4}' });
  assert.equal(end.code, 65);
  assert.match(end.stderr, /\b2\b/);
  assert.deepEqual(await stack.stored(), ['{"n":1}', '{"n":3}', '{"n":4}']);
  assert.deepEqual(
    end.stdout.trim().split('\n'),
    (await stack.redis.logOf('a')).map(({ id }) => id),
  );
});

scenario('--lines refuses a line that is too long, and goes on', async (ws) => {
  const stack = await startPublisher(ws);
  const stdin = [
    'first',
    'x'.repeat(LARGEST + 1),
    'y'.repeat(LARGEST),
    'x'.repeat(LARGEST * 10),
    'last',
  ].join('\n');
  const end = await stack.run(['--lines', '--text', 'a'], { stdin });
  assert.equal(end.code, 65);
  assert.match(end.stderr, /\b2\b/);
  assert.match(end.stderr, /\b4\b/);
  assert.deepEqual(
    (await stack.stored()).map((text) => text[0]),
    ['f', 'y', 'l'],
  );
});

scenario('--lines prints each id when its line has been sent, not at the end', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = stack.openLines('a', '--text', '-e', 'log');
  for (let i = 1; i <= 3; i++) {
    lines.write(`line ${i}`);
    assert.equal((await lines.printed(i)).length, i);
  }
  assert.equal((await lines.finish()).code, 0);
  assert.deepEqual(
    (await stack.redis.logOf('a')).map(({ event }) => event),
    ['log', 'log', 'log'],
  );
});

scenario('--lines goes on after a restart of Redis while nothing is to be sent', async (ws) => {
  const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
  const stack = await startDirect(ws, {}, { redis });
  const lines = stack.openLines('a', '--text');
  lines.write('before');
  await lines.printed(1);
  await redis.kill();
  await redis.start();
  lines.write('after');
  await lines.printed(2);
  assert.equal((await lines.finish()).code, 0);
  assert.deepEqual(await stack.stored(), ['before', 'after']);
});

scenario('--lines stops, and says where, when nobody takes the ids', async (ws) => {
  const stack = await startPublisher(ws);
  const stdin = Array.from({ length: 5000 }, (_, i) => `${i}\n`).join('');
  const command = `${program('sse-publish')} --lines a >/dev/full`;
  const end = await runProgram('sh', ['-c', command], {
    stdin,
    cwd: ws.dir,
    env: ws.environment(stack.env),
  });
  assert.equal(end.code, 1);
  assert.match(end.stderr, /standard output: .*\n.*stopped at line \d+/);
});

scenario('--lines with nothing to read is no error', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['--lines', 'a'], { stdin: '' });
  assert.equal(end.code, 0, end.stderr);
  assert.equal(end.stdout, '');
});

scenario('10,000 lines are 10,000 events, pipelined', async (ws) => {
  const stack = await startDirect(ws);
  const count = scaled(10_000, 2000);
  const stream = await stack.server.stream('/sse/a');
  const lines = Array.from({ length: count }, (_, i) => `{"n":${i}}`);
  const start = performance.now();
  const ids = await stack.publishLines('a', lines);
  ws.note(`${count} lines in ${Math.round(performance.now() - start)} ms`);
  assert.equal(ids.length, count);
  assertRising(ids);
  await stream.getsId(ids.at(-1));
  assertDelivered(stream, ids);
  assert.deepEqual(
    stream.published().map(({ data }) => data),
    lines,
  );
});
