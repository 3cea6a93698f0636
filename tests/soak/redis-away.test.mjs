// Redis is killed in the middle of a job and comes back ten seconds later, on the same data: no final state is lost, no
// job is stopped, and the exit code is the job's. The ten seconds are the scenario.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { program } from '../e2e/lib/build.mjs';
import { Child } from '../e2e/lib/child.mjs';
import { eventually } from '../e2e/lib/eventually.mjs';
import { Redis } from '../e2e/lib/redis.mjs';
import { Stack, startWeb } from '../e2e/lib/stack.mjs';
import { Tail } from '../e2e/lib/tail.mjs';
import { scenario } from '../e2e/lib/workspace.mjs';
import { reports } from './scenarios/terminal.mjs';

const AWAY_MS = 10_000;
const MIB = 1 << 20;

const startRedis = (ws) => Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });

function start(stack, name, args, stdio) {
  const options = { env: stack.ws.environment(stack.env), cwd: stack.ws.dir, stdio };
  return stack.ws.own(new Child(name, program(name), args, options));
}

/** Ten seconds without Redis; `meanwhile(share)` is called ten times a second, with what has passed of them. */
async function without(redis, meanwhile = () => {}) {
  await redis.kill();
  for (let at = 0; at < AWAY_MS; at += 100) {
    await pause(100);
    meanwhile(at / AWAY_MS);
  }
  await redis.start();
}

/** The last state of a channel that has one, and only one. */
async function assertEnd(stack, channel, event, exit) {
  const ends = (await reports(stack, channel)).filter((one) => ['done', 'failed', 'lost'].includes(one.event));
  assert.deepEqual(ends.map((one) => [one.event, one.exit]), [[event, exit]]);
  return ends[0];
}

scenario('redis-away: sse-publish --lines', async (ws) => {
  const stack = new Stack(ws, await startRedis(ws), null);
  const lines = stack.openLines('a', '--timeout', '60', '--keep', '100000');
  let written = 0;
  const write = (count) => {
    for (let i = 0; i < count; i++) lines.write(`${written++}`);
  };
  write(1000);
  await lines.printed(500);
  await without(stack.redis, () => write(10));
  write(1000);
  assert.equal((await lines.finish()).code, 0);
  assert.deepEqual(await stack.stored(), Array.from({ length: written }, (_, n) => `${n}`), 'each once, in order');
  assert.equal(lines.ids().length, written);
  ws.note(`${written} lines, ${lines.ids().length} ids`);
});

for (const exit of [0, 7]) {
  scenario(`redis-away: sse-progress run, a job that exits ${exit} meanwhile or after`, async (ws) => {
    const stack = new Stack(ws, await startRedis(ws), null);
    const job = (steps) => `for i in $(seq ${steps}); do echo $((i * 100 / ${steps}))%; sleep 0.1; done; exit ${exit}`;
    const jobs = [
      ['jobs/meanwhile', 50],
      ['jobs/after', 130],
    ].map(([channel, steps]) => {
      const args = ['run', '-c', channel, '--timeout', '60', '--', 'sh', '-c', job(steps)];
      return { channel, steps, child: start(stack, 'sse-progress', args) };
    });
    for (const { channel } of jobs)
      await eventually(async () => (await reports(stack, channel)).length > 5, 'it is under way');
    const [meanwhile, after] = jobs.map(({ child }) => child);
    await without(stack.redis, () => assert.ok(after.alive));
    for (const { channel, steps, child } of jobs) {
      assert.equal((await child.exited).code, exit, child.stderr());
      assert.equal(child.stdout().trim().split('\n').length, steps, 'the job did all of its work');
      const { percent, duration } = await assertEnd(stack, channel, exit === 0 ? 'done' : 'failed', exit);
      assert.equal(percent, '100.00');
      ws.note(`${channel}: exit ${child.end.code}, ${duration} s of work`);
    }
    assert.match(meanwhile.stderr(), /Redis at .*; the job goes on/);
  });
}

scenario('redis-away: copy', async (ws) => {
  const stack = new Stack(ws, await startRedis(ws), null);
  fs.mkdirSync(ws.path('a'));
  for (let i = 0; i < 64; i++) fs.writeFileSync(ws.path(`a/${i}`), Buffer.alloc(16 * MIB, `${i}`));
  const child = start(stack, 'sse-progress', ['copy', '--timeout', '60', 'a', 'b']);
  await eventually(() => fs.existsSync(ws.path('b')), 'it copies', { every: 1 });
  await without(stack.redis);
  assert.equal((await child.exited).code, 0, child.stderr());
  for (let i = 0; i < 64; i++) assert.equal(digest(ws.path(`b/${i}`)), digest(ws.path(`a/${i}`)));
  const { moved, total, duration } = await assertEnd(stack, 'jobs/copy', 'done', 0);
  assert.deepEqual([moved, total], [1024 * MIB, 1024 * MIB]);
  ws.note(`1 GiB in ${duration} s`);
});

const digest = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

scenario('redis-away: pipe', async (ws) => {
  const stack = new Stack(ws, await startRedis(ws), null);
  const out = fs.openSync(ws.path('out'), 'w');
  const child = start(stack, 'sse-progress', ['pipe', '--size', '101M', '--timeout', '60'], ['pipe', out, 'pipe']);
  fs.closeSync(out);
  const input = child.process.stdin;
  const size = () => fs.statSync(ws.path('out')).size;
  let written = 0;
  const write = () => input.write(Buffer.alloc(MIB, String.fromCharCode(97 + (written++ % 26))));
  write();
  await eventually(() => size() === MIB, 'it flows');
  await without(stack.redis, (share) => {
    write();
    assert.ok(size() >= share * 90 * MIB, `it flows on: ${size()} of ${written * MIB} at ${share}`);
  });
  input.end();
  assert.equal((await child.exited).code, 0, child.stderr());
  assert.equal(size(), written * MIB);
  const { moved } = await assertEnd(stack, 'jobs/pipe', 'done', 0);
  assert.equal(moved, written * MIB);
  ws.note(`${written} MiB`);
});

scenario('redis-away: sse-tail', async (ws) => {
  const stack = await startWeb(ws, { SSE_RETRY: '100' }, { redis: await startRedis(ws) });
  const url = `${stack.server.origin}/sse/a`;
  const tail = new Tail(ws, ['-v', '--json', '--cursor', ws.path('cursor'), '--until', 'done', url]);
  await eventually(() => fs.existsSync(ws.path('cursor')), 'sse-tail has a cursor');
  const lines = stack.openLines('a', '--timeout', '60');
  for (let i = 0; i < 100; i++) lines.write(`${i}`);
  await tail.printed(50);
  let written = 100;
  await without(stack.redis, () => lines.write(`${written++}`));
  assert.equal((await lines.finish()).code, 0);
  const last = await stack.publish('a', '{"state":"done"}', '-e', 'done');
  assert.equal((await tail.child.exited).code, 0, tail.child.stderr());
  assert.deepEqual(tail.ids(), [...lines.ids(), last], 'each id once, in order, to the last state');
  ws.note(`${tail.ids().length} events`);
});
