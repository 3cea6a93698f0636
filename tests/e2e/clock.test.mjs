// The machine's clock jumps, an hour and a day, both ways: ids still rise, heartbeats go on, clients resume.
import assert from 'node:assert/strict';
import { sanitized } from './lib/build.mjs';
import { movableClock } from './lib/clock.mjs';
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
