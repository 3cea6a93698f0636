// Delivery rule 8: a Redis that comes back without what it had already given out.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DURABLE, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { Follower } from './lib/follower.mjs';
import { Responder } from './lib/responder.mjs';
import { compareIds } from './lib/sse.mjs';
import { scenario } from './lib/workspace.mjs';

const TARGETS = ['/sse/a', '/sse?channel=a,b', '/sse/*'];

async function live(ws, options) {
  const scene = await startProxied(ws, {}, options);
  for (const channel of ['a', 'b', 'a']) await scene.ledger.publish(channel);
  const followers = TARGETS.map((target) => scene.follow(target));
  for (const follower of followers) await follower.opened();
  return { ...scene, followers };
}

/** Kills Redis and starts it with the data that it had at `SAVE`, as a replica that was behind would have it. */
async function fallBack(redis) {
  assert.ok(fs.existsSync(path.join(redis.dir, 'dump.rdb')));
  await redis.kill();
  await redis.start();
}

/** Everybody is told once, at an id that is above all that was delivered; ids go on rising, and nothing else is lost. */
async function assertTold(scene, followers, delivered) {
  const { ledger, redis } = scene;
  for (const follower of followers) await follower.until(() => follower.resets().length, 'a reset');
  const { epoch } = await redis.hash('sse:clock');
  assert.ok(compareIds(epoch, delivered) > 0, `the epoch ${epoch} is above ${delivered}`);
  for (const channel of ['a', 'b', 'c', 'a'])
    assert.ok(compareIds(await ledger.publish(channel), epoch) > 0, 'ids rise above the epoch');
  await settle(followers, ledger, { resets: 1 });
  for (const follower of followers) {
    const [reset] = follower.resets();
    assert.equal(reset.id, epoch);
    const { channels } = JSON.parse(follower.opens()[0].data);
    assert.deepEqual(JSON.parse(reset.data).channels, channels, 'it is for all channels');
  }
}

scenario(
  'a Redis that is behind: every stream is told, and ids rise above what was seen',
  async (ws) => {
    const scene = await live(ws);
    const { ledger, redis, followers } = scene;
    await redis.command('SAVE');
    for (const channel of ['a', 'b', 'a', 'c']) await ledger.publish(channel);
    await settle(followers, ledger);
    await fallBack(redis);
    await assertTold(scene, followers, ledger.newest());
    for (const follower of followers)
      assert.equal(follower.streams.length, 1, 'on the same stream');
  },
);

scenario('a Redis that is behind, and whose clock is an hour behind its ids', async (ws) => {
  const scene = await live(ws);
  const { ledger, redis, followers } = scene;
  await redis.command('SAVE');
  const ahead = Number(ledger.newest().split('-')[0]) + 3_600_000;
  await redis.command('HSET', 'sse:clock', 'last', `${ahead}-0`); // the clock was set back since
  for (const channel of ['a', 'b', 'a', 'c']) await ledger.publish(channel);
  assert.equal(ledger.newest().split('-')[0], String(ahead));
  await settle(followers, ledger);
  await fallBack(redis);
  await assertTold(scene, followers, ledger.newest());
});

scenario(
  'clients that were away while Redis fell behind are told when they come back',
  async (ws) => {
    const scene = await live(ws);
    const { ledger, redis, followers } = scene;
    await redis.command('SAVE');
    for (const channel of ['a', 'b', 'a', 'b']) await ledger.publish(channel);
    await settle(followers, ledger);
    followers[1].pause();
    await fallBack(redis);
    await followers[0].until(() => followers[0].resets().length > 0, 'a reset');
    followers[1].resume();
    await assertTold(scene, followers, ledger.newest());
  },
);

scenario('of two responders each tells its own', async (ws) => {
  const scene = await live(ws);
  const { ledger, redis } = scene;
  const other = await Responder.start(ws, { SSE_REDIS: redis.url });
  const followers = [
    ...scene.followers,
    new Follower(ws, other, '/sse/a'),
    new Follower(ws, other, '/sse/*'),
  ];
  for (const follower of followers) await follower.opened();
  await redis.command('SAVE');
  for (const channel of ['a', 'b', 'a']) await ledger.publish(channel);
  await settle(followers, ledger);
  await fallBack(redis);
  for (const follower of followers) await follower.until(() => follower.resets().length, 'a reset');
  for (const channel of ['a', 'b', 'c', 'a']) await ledger.publish(channel);
  for (const follower of followers) await follower.gets(ledger.newest('a'));
  for (const follower of followers) {
    const ids = follower.ids().filter(Boolean);
    assert.ok(
      ids.every((id, i) => i === 0 || compareIds(id, ids[i - 1]) > 0),
      'ids rise',
    );
    assert.ok(follower.resets().length <= 2, 'told once for each rise of the epoch');
  }
  await settle(followers.slice(0, 3), ledger, { resets: scene.followers[0].resets().length });
});

scenario('a Redis that is back empty: every stream is told', async (ws) => {
  const scene = await live(ws);
  const { ledger, redis, followers } = scene;
  for (const channel of ['a', 'b', 'a']) await ledger.publish(channel);
  await settle(followers, ledger);
  await redis.kill();
  await redis.start();
  await assertTold(scene, followers, ledger.newest());
});

scenario('a Redis emptied twice, without and with a lost connection', async (ws) => {
  const scene = await live(ws);
  const { ledger, redis, proxy, followers } = scene;
  await redis.command('FLUSHALL');
  await ledger.publish('a'); // hear of it
  await ledger.publish('b');
  await settle(followers, ledger, { resets: 1 });
  await redis.command('FLUSHALL');
  proxy.shut();
  proxy.readmit();
  for (const follower of followers)
    await follower.until(() => follower.resets().length === 2, 'the second');
  for (const channel of ['a', 'b', 'c']) await ledger.publish(channel);
  await settle(followers, ledger, { resets: 2 });
});

scenario('a Redis that kept everything: nobody is told anything', async (ws) => {
  const scene = await live(ws, DURABLE);
  const { ledger, redis, followers } = scene;
  for (let round = 2; round <= 3; round++) {
    for (const channel of ['a', 'b', 'a']) await ledger.publish(channel);
    await redis.kill();
    await redis.start();
    for (const channel of ['a', 'b', 'c']) await ledger.publish(channel);
    for (const follower of followers) await follower.opened(round);
  }
  await settle(followers, ledger, { resets: 0 });
});
