// Delivery rules 4 and 5 together: who follows several channels may be past an event that was stored and not heard, by a
// newer one of another channel. Nothing older is sent to him any more, so that he is to be told.
import assert from 'node:assert/strict';
import { startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { isScript } from './lib/proxy.mjs';
import { scenario } from './lib/workspace.mjs';

/** Live followers of channels that have an event each, and `lose(channel)`, which publishes what is not heard. */
async function live(ws, targets, channels) {
  const scene = await startProxied(ws);
  const { ledger, proxy } = scene;
  for (const channel of channels) await ledger.publish(channel);
  const followers = targets.map((target) => scene.follow(target));
  for (const follower of followers) await follower.opened();
  const lose = async (channel) => {
    proxy.drop(() => true);
    await proxy.heard(await ledger.publish(channel));
    proxy.drop(null);
  };
  return { ...scene, followers, lose };
}

function channelsOf(reset) {
  return JSON.parse(reset.data).channels;
}

scenario('lost live, and past by a newer one of another channel: said', async (ws) => {
  const targets = ['/sse/a', '/sse?channel=a,b'];
  const { ledger, followers, lose } = await live(ws, targets, ['a', 'b']);
  const [alone, both] = followers;
  for (let i = 0; i < 3; i++) await lose('a');
  await both.gets(await ledger.publish('b'));
  await ledger.publish('a');
  await settle([alone], ledger);
  await settle([both], ledger, { resets: 1 });
  assert.deepEqual(both.resets().map(channelsOf), [['a']]);
});

scenario('a second gap is found while a stream starts anew for the first', async (ws) => {
  const channels = ['a', 'b', 'c'];
  const { ledger, proxy, followers, lose } = await live(ws, ['/sse?channel=a,b,c'], channels);
  const [follower] = followers;
  for (const channel of ['a', 'b']) await lose(channel);
  await follower.gets(await ledger.publish('c'));
  proxy.reader.commands.hold();
  await ledger.publish('b');
  await proxy.reader.commands.holds(isScript);
  await proxy.heard(await ledger.publish('a'));
  proxy.reader.commands.release();
  await settle(followers, ledger, { resets: 'true' });
  assert.deepEqual(follower.resets().flatMap(channelsOf).sort(), ['a', 'b']);
});

scenario('the first event of a channel is lost, and another gap is found first', async (ws) => {
  const { ledger, followers, lose } = await live(ws, ['/sse?channel=b,new'], ['b']);
  const [follower] = followers;
  await follower.gets(await ledger.publish('b'));
  await lose('new');
  await follower.gets(await ledger.publish('b'));
  await lose('b');
  await follower.gets(await ledger.publish('b'));
  await ledger.publish('new');
  await settle(followers, ledger, { resets: 1 });
  assert.deepEqual(follower.resets().map(channelsOf), [['new']]);
});

scenario('lost again and again on several channels: each gap filled or said', async (ws) => {
  const channels = ['jobs/a', 'jobs/b/c', 'b', 'jobs/d'];
  const targets = ['jobs/*', 'b,jobs/d', '*', 'jobs/b/*,jobs/a'].map(
    (name) => `/sse?channel=${name}`,
  );
  const { ledger, proxy, followers } = await live(ws, targets, channels);
  const isLost = new Map(); // by message: Redis sends it once for each subscription that matches
  proxy.drop((channel, text) => {
    if (!isLost.has(text)) isLost.set(text, isLost.size % 5 === 0);
    return isLost.get(text);
  });
  const writers = channels.map((name) => ledger.writer(name));
  for (let i = 0; i < 200; i++) writers[i % writers.length].write(i);
  for (const writer of writers) await writer.finish();
  proxy.drop(null);
  for (const name of channels) await ledger.publish(name);
  await settle(followers, ledger, { resets: 'true' });
  assert.ok(proxy.dropped.length >= 40, `${proxy.dropped.length} messages were lost`);
});
