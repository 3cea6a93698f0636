// Replay to clients that read slowly, or stop: it waits for them, they are not cut, and memory stays bounded.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { withFollowers } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { assertBounded, readSlowly } from './lib/slow.mjs';
import { LARGEST, startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const scene = async (ws, env) => withFollowers(ws, await startDirect(ws, env));

scenario('200 events of 256 KiB are replayed to a slow reader, which is never cut', async (ws) => {
  const { ledger, follow, server, stack } = await scene(ws);
  const cursor = await ledger.publish('elsewhere');
  const count = scaled(200, 60);
  const line = JSON.stringify('y'.repeat(LARGEST - 2));
  ledger.add('a', await stack.publishLines('a', Array(count).fill(line)));
  await ledger.publish('b');
  const follower = readSlowly(follow('/sse?channel=a,b', { cursor }));
  // More live events meanwhile than a queue may hold: they are dropped, and read when their time comes.
  await follower.until(() => follower.published().length > 3, 'the beginning');
  const during = Array(40).fill(JSON.stringify('z'.repeat(60_000)));
  ledger.add('b', await stack.publishLines('b', during));
  ledger.add('a', await stack.publishLines('a', during));
  const replayed = follower.opens().length === 0;
  await settle([follower], ledger);
  assert.ok(replayed, 'the live events came during the replay');
  assert.equal(follower.streams.length, 1, 'it was never cut');
  assertBounded(ws, server);
});

scenario('slow readers of many channels at once stay in bounded memory', async (ws) => {
  const { ledger, follow, server } = await scene(ws);
  const cursor = await ledger.publish('elsewhere');
  const names = Array.from({ length: 20 }, (_, i) => `many/${i}`);
  for (const name of names) await ledger.fill(name, scaled(10, 4), 100_000);
  const followers = ['/sse/many/*', `/sse?channel=${names.join()}`].map((target) =>
    readSlowly(follow(target, { cursor }), 1),
  );
  await settle(followers, ledger);
  for (const { streams } of followers) assert.equal(streams.length, 1, 'none was cut');
  assertBounded(ws, server);
});

scenario(
  'a client that stops reading in its replay waits, and is not cut for what comes live',
  async (ws) => {
    const { ledger, follow, server } = await scene(ws, { SSE_QUEUE: '262144' });
    const cursor = await ledger.publish('elsewhere');
    await ledger.fill('a', 200, 16_000);
    const [slow, quick] = [follow('/sse/a', { cursor }), follow('/sse?channel=a&last=0')];
    await slow.until(() => slow.published().length > 0, 'the beginning');
    slow.stream.connection.socket.pause();
    await quick.opened();
    for (let burst = 0; burst < scaled(40, 15); burst++) {
      await ledger.fill('a', 4, 200_000); // in all more than there is memory for
      await quick.gets(ledger.newest());
    }
    assert.equal(slow.opens().length, 0);
    slow.stream.connection.socket.resume();
    await settle([slow, quick], ledger);
    assert.equal(slow.streams.length, 1, 'it was not cut');
    assert.doesNotMatch(server.log(), /too far behind/);
    assertBounded(ws, server);
  },
);
