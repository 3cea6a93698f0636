// Delivery rule 6: a Redis, or a connection to it, that hangs: nothing says so but the deadline.
import assert from 'node:assert/strict';
import { startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { scenario } from './lib/workspace.mjs';

const FAST = { SSE_HEARTBEAT: '0.2' };
const CHANNELS = ['a', 'b', 'c/1'];

async function live(ws, env) {
  const scene = await startProxied(ws, env);
  for (const channel of CHANNELS) await scene.ledger.publish(channel);
  const followers = ['/sse/a', '/sse?channel=a,b', '/sse/*'].map((target) => scene.follow(target));
  for (const follower of followers) await follower.opened();
  return { ...scene, followers };
}

function assertOneStream(followers) {
  for (const { streams, target } of followers) assert.equal(streams.length, 1, target);
}

scenario('a Redis that hangs is noticed by the deadline, while heartbeats go on', async (ws) => {
  const { ledger, redis, server, followers } = await live(ws, FAST);
  redis.freeze();
  await server.logged(/redis-away/);
  for (const follower of followers) await follower.stream.heartbeat();
  redis.thaw();
  for (const follower of followers) await follower.opened(2);
  for (const channel of CHANNELS) await ledger.publish(channel);
  await settle(followers, ledger);
  assertOneStream(followers);
});

for (const name of ['reader', 'subscriber']) {
  scenario(`a ${name} connection that went dumb without an end is noticed`, async (ws) => {
    const { ledger, proxy, server, followers } = await live(ws, FAST);
    proxy[name].answers.hold();
    for (const channel of CHANNELS) await ledger.publish(channel);
    await server.logged(/redis-away/);
    proxy[name].answers.release();
    for (const follower of followers) await follower.opened(2);
    for (const channel of CHANNELS) await ledger.publish(channel);
    await settle(followers, ledger);
    assertOneStream(followers);
  });
}
