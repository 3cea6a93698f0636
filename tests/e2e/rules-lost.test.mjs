// Delivery rule 6: a connection to Redis that is lost, hangs, or leads elsewhere. Streams stay open and go on from their
// positions.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { resumed, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { Redis } from './lib/redis.mjs';
import { scenario } from './lib/workspace.mjs';

const FAST = { SSE_HEARTBEAT: '0.2' };
const TARGETS = ['/sse/a', '/sse?channel=a,b,c/1', '/sse/c/*', '/sse/*', '/sse?channel=b,*&wrap=1'];
const CHANNELS = ['a', 'b', 'c/1', 'c/2', 'd'];

/** Live followers of all kinds. */
async function live(ws, env, options) {
  const scene = await startProxied(ws, env, options);
  for (const channel of CHANNELS) await scene.ledger.publish(channel);
  const followers = TARGETS.map((target) => scene.follow(target));
  for (const follower of followers) await follower.opened();
  return { ...scene, followers };
}

function assertOneStream(followers) {
  for (const { streams, target } of followers) assert.equal(streams.length, 1, target);
}

for (const name of ['reader', 'subscriber']) {
  scenario(
    `the ${name} cut alone takes the other connection with it, and nothing is lost`,
    async (ws) => {
      const { ledger, proxy, followers } = await live(ws);
      const links = [proxy.reader.link, proxy.subscriber.link];
      proxy.accepts = false;
      proxy[name].cut();
      await eventually(() => links.every((link) => link.isOver), 'both connections are closed');
      for (const channel of CHANNELS) await ledger.publish(channel);
      proxy.readmit();
      for (const follower of followers) await follower.opened(2);
      for (const channel of CHANNELS) await ledger.publish(channel);
      await settle(followers, ledger);
      for (const follower of followers) assert.deepEqual(resumed(follower), [false, true]);
      assertOneStream(followers);
    },
  );

  scenario(`the ${name} cut again and again while events flow, nothing is lost`, async (ws) => {
    const { ledger, proxy, followers } = await live(ws);
    const writers = CHANNELS.map((channel) => ledger.writer(channel));
    await paced(scaled(400, 200), scaled(200, 100), (i) => {
      writers[i % writers.length].write(i);
      if (i % 80 === 40) proxy[name].link?.cut();
    });
    for (const writer of writers) await writer.finish();
    for (const follower of followers) await follower.opened(2);
    for (const channel of CHANNELS) await ledger.publish(channel);
    await settle(followers, ledger);
    assertOneStream(followers);
  });
}

scenario('what was published while Redis was out of reach comes in id order, once', async (ws) => {
  const { ledger, proxy, followers } = await live(ws);
  for (let round = 2; round <= 4; round++) {
    proxy.shut();
    for (let i = 0; i < 10; i++) await ledger.publish(CHANNELS[(i * 3) % CHANNELS.length]);
    proxy.readmit();
    for (const follower of followers) await follower.opened(round);
  }
  await settle(followers, ledger);
  for (const follower of followers)
    assert.deepEqual(resumed(follower), [false, true, true, true], follower.target);
  assertOneStream(followers);
});

scenario('streams at one position share the reads after a loss', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  await ledger.publish('a');
  const followers = Array.from({ length: 60 }, () => follow('/sse/a'));
  for (const follower of followers) await follower.opened();
  proxy.shut();
  await ledger.fill('a', 20);
  proxy.recount();
  proxy.readmit();
  for (const follower of followers) await follower.opened(2);
  await settle(followers, ledger);
  assert.ok(proxy.reads('a') <= 4, `${proxy.reads('a')} reads for ${followers.length} streams`);
});

scenario('what waits for a slow client when Redis is lost is kept', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const follower = follow('/sse/a');
  await follower.opened();
  follower.stream.connection.socket.pause();
  const ids = await ledger.fill('a', 40, 16_000); // more than the socket takes, less than SSE_QUEUE
  await proxy.heard(ids.at(-1));
  proxy.shut();
  await ledger.fill('a', 5);
  proxy.readmit();
  await ledger.fill('a', 5);
  follower.stream.connection.socket.resume();
  await follower.opened(2);
  await settle([follower], ledger);
  assertOneStream([follower]);
});

scenario('a server that became a replica is not used until it is promoted', async (ws) => {
  const { ledger, proxy, redis, server, followers } = await live(ws, FAST);
  await redis.command('REPLICAOF', '127.0.0.1', '1');
  const before = proxy.links.length;
  proxy.accepts = false;
  proxy.reader.cut();
  await eventually(() => proxy.refused >= 2, 'it is tried again');
  proxy.readmit();
  await eventually(() => proxy.links.length >= before + 4, 'and again');
  for (const follower of followers) assert.equal(follower.opens().length, 1, 'none is live');
  await redis.command('REPLICAOF', 'NO', 'ONE');
  for (const follower of followers) await follower.opened(2);
  for (const channel of CHANNELS) await ledger.publish(channel);
  await settle(followers, ledger);
});

scenario('two connections that lead to different servers are not used', async (ws) => {
  const { ledger, proxy, redis, followers } = await live(ws, FAST);
  const other = await Redis.start(ws, { folder: 'other' });
  proxy.address = (n) => ({ path: n % 2 ? redis.socket : other.socket });
  const before = proxy.links.length;
  proxy.shut();
  proxy.readmit();
  await eventually(() => proxy.links.length >= before + 6, 'it is tried again and again');
  for (const channel of CHANNELS) await ledger.publish(channel);
  for (const follower of followers) assert.equal(follower.opens().length, 1, 'none is live');
  proxy.address = () => ({ path: redis.socket });
  for (const follower of followers) await follower.opened(2);
  for (const channel of CHANNELS) await ledger.publish(channel);
  await settle(followers, ledger);
  assert.equal(await other.command('EXISTS', 'sse:clock'), 0, 'nothing was made in the other one');
});

scenario('a message lost on a channel that is quiet then is found all the same', async (ws) => {
  const { ledger, proxy, followers } = await live(ws, FAST);
  proxy.drop((channel) => channel === 'sse:a' || channel === 'sse:c/1');
  for (const channel of ['a', 'c/1', 'a']) await proxy.heard(await ledger.publish(channel));
  proxy.drop(null);
  await settle(followers, ledger); // without another event
  for (const channel of CHANNELS) await ledger.publish(channel);
  await settle(followers, ledger);
  assertOneStream(followers);
});

scenario('every followed channel has its turn in the search for lost messages', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws, FAST);
  const names = Array.from({ length: 30 }, (_, i) => `many/${i}`);
  const followers = names.map((name) => follow(`/sse/${name}`));
  for (const follower of followers) await follower.opened();
  for (const name of names) await ledger.publish(name);
  await settle(followers, ledger);
  proxy.drop(() => true);
  await proxy.heard(await ledger.publish(names[3]));
  await proxy.heard(await ledger.publish(names[27]));
  proxy.drop(null);
  await settle(followers, ledger);
});
