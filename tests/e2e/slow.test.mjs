// Clients that read slowly, or not at all: live they are cut and resume; memory stays bounded. And what Redis does
// when it is us who read slowly.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { startProxied, withFollowers } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { assertBounded, readSlowly } from './lib/slow.mjs';
import { LARGEST, startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const scene = async (ws, env) => withFollowers(ws, await startDirect(ws, env));

scenario(
  'a live client that stops reading is cut past SSE_QUEUE, and resumes with nothing lost',
  async (ws) => {
    const { ledger, follow, server } = await scene(ws, { SSE_QUEUE: '262144' });
    const [slow, quick] = [follow('/sse/a'), follow('/sse/a')];
    for (const follower of [slow, quick]) await follower.opened();
    for (let round = 1; round <= 3; round++) {
      const { socket } = slow.stream.connection;
      socket.pause();
      for (let burst = 0; burst < 10; burst++) {
        await ledger.fill('a', 8, 16_000);
        await quick.gets(ledger.newest());
      }
      await eventually(() => server.log().match(/too far behind/g)?.length === round, 'it is cut');
      socket.resume();
      await settle([slow, quick], ledger);
      assert.equal(slow.streams.length, round + 1, 'it came back once');
    }
    assert.equal(quick.streams.length, 1, 'the other one did not notice');
    assertBounded(ws, server);
  },
);

scenario(
  'lines that make a frame of many times their size are replayed in bounded memory',
  async (ws) => {
    const { ledger, follow, server, stack } = await scene(ws);
    const cursor = await ledger.publish('elsewhere');
    const text = `x${'\n'.repeat(LARGEST - 2)}y`;
    for (let i = 0; i < scaled(16, 6); i++)
      ledger.add('a', [await stack.pipe('a', text, '--text')]);
    const follower = readSlowly(follow('/sse/a', { cursor }), 1);
    await settle([follower], ledger);
    assert.ok(follower.published().every(({ data }) => data === text));
    assert.equal(follower.streams.length, 1);
    assertBounded(ws, server);
  },
);

scenario(
  "Redis' own limit on what waits for a subscriber is one more lost connection",
  async (ws) => {
    const { ledger, proxy, redis, follow } = await startProxied(ws);
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 100kb 0 0');
    const followers = ['/sse/a', '/sse?channel=a,b', '/sse/*'].map((target) => follow(target));
    for (const follower of followers) await follower.opened();
    const subscriberId = async () =>
      /^id=(\d+)/.exec(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'))?.[1];
    for (let round = 2; round <= 3; round++) {
      const { link } = proxy.subscriber;
      const id = await subscriberId();
      proxy.subscriber.stall(); // as a responder that is too busy to read
      for (let i = 0; i < 5; i++) {
        await ledger.fill('a', 10, 20_000);
        await ledger.fill('b', 1);
      }
      await eventually(async () => (await subscriberId()) !== id, 'Redis has cut it');
      link.redis.resume();
      for (const follower of followers) await follower.opened(round);
      await ledger.publish('b');
      await ledger.publish('a');
      await settle(followers, ledger);
    }
    for (const { streams } of followers) assert.equal(streams.length, 1, 'streams stay open');
  },
);

scenario(
  'a subscriber limit in reach of ordinary load: cut again and again, and nothing lost',
  async (ws) => {
    const { ledger, redis, follow } = await scene(ws);
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 16kb 0 0');
    const followers = ['/sse/a', '/sse/*'].map((target) => follow(target));
    for (const follower of followers) await follower.opened();
    const writers = ['a', 'b'].map((channel) => ledger.writer(channel));
    const line = `"${'w'.repeat(30_000)}"`;
    await paced(scaled(200, 80), 100, (i) => writers[i % 2].write(line));
    for (const writer of writers) await writer.finish();
    for (const follower of followers) await follower.opened(2);
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
    for (const channel of ['a', 'b']) await ledger.publish(channel);
    await settle(followers, ledger);
  },
);
