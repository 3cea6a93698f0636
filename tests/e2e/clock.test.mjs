// The machine's clock jumps, an hour and a day, both ways: ids still rise, heartbeats go on, clients resume.
import assert from 'node:assert/strict';
import { program, sanitized } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { movableClock } from './lib/clock.mjs';
import { eventually } from './lib/eventually.mjs';
import { Follower } from './lib/follower.mjs';
import { Ledger, settle } from './lib/promise.mjs';
import { assertRising } from './lib/sse.mjs';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const skip = sanitized ? 'the sanitizers want to be loaded first' : false;

/** From here on all children of this process have a clock that `set(seconds)` moves. */
function moveEverybody(ws) {
  const clock = movableClock(ws);
  Object.assign(process.env, clock.env);
  const stop = () => Object.keys(clock.env).forEach((name) => delete process.env[name]);
  ws.owned.push({ stop });
  return clock;
}

scenario('when the clock jumps ids still rise, heartbeats go on, and clients resume', { skip }, async (ws) => {
  const clock = moveEverybody(ws);
  // Not under lighttpd, which restarts itself when the clock jumps so far.
  const stack = await startDirect(ws, { SSE_HEARTBEAT: '0.3' });
  const quiet = await stack.server.stream('/sse/quiet');
  const targets = ['/sse/a', '/sse?channel=a,b', '/sse/*'];
  const followers = targets.map((target) => new Follower(ws, stack.server, target));
  for (const follower of followers) await follower.opened();
  const ledger = new Ledger(stack);

  for (const seconds of [HOUR_S, 0, -HOUR_S, DAY_S, -DAY_S, 0]) {
    await ledger.publish('a', '1', '--ttl', String(10 * DAY_S));
    clock.set(seconds);
    await ledger.publish('a', '2', '--ttl', String(10 * DAY_S));
    const newest = await ledger.publish('b', '3', '--ttl', String(10 * DAY_S));
    for (let i = 0; i < 2; i++) await quiet.heartbeat();
    followers.forEach((follower) => follower.cut());
    for (const follower of followers.slice(1)) await follower.gets(newest);
  }
  const ids = ledger.entries.map(({ id }) => id);
  assertRising(ids);
  const ahead = Number(ids.at(-1).split('-')[0]) - Date.now();
  assert.ok(ahead > (DAY_S - HOUR_S) * 1000, 'the clock has really jumped: ids are a day ahead');
  await settle(followers, ledger);
  assert.equal(quiet.closed, false);
});

scenario('when the clock jumps a job that lives is not lost, and one that then dies is', { skip }, async (ws) => {
  const clock = moveEverybody(ws);
  const stack = await startDirect(ws);
  const args = ['pipe', '--lease', '4', '-c', 'a'];
  const job = ws.own(new Child('sse-progress', program('sse-progress'), args, { env: ws.environment(stack.env) }));
  const { redis } = stack;
  const till = async () => Number((await redis.command('ZRANGE', 'sse:leases', 0, 0, 'WITHSCORES'))[1]);
  const time = async () => Number((await redis.command('TIME'))[0]) * 1000;
  const looks = async () => {
    const stats = await redis.command('INFO', 'commandstats');
    return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  await eventually(till, 'it has a lease');
  for (const seconds of [HOUR_S, DAY_S]) {
    await eventually(looks, 'the responder looks');
    job.signal('SIGSTOP'); // so that it is slower than who looks
    clock.set(seconds);
    const before = await looks();
    await eventually(async () => (await looks()) > before, 'it looks again');
    job.signal('SIGCONT');
    await eventually(async () => Math.abs((await till()) - (await time())) < 10_000, 'the lease is renewed');
  }
  const lost = async () => (await stack.stored('a')).filter((text) => text.includes('"state":"lost"')).length;
  assert.equal(await lost(), 0);
  await job.kill();
  await eventually(lost, 'it is lost');
});
