// Resume: after a cursor, over channels and patterns, under load, behind a slow reader, through lighttpd.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { resumed, withFollowers } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { Responder } from './lib/responder.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const scene = async (ws, env) => withFollowers(ws, await startDirect(ws, env));
const webScene = async (ws, env) => withFollowers(ws, await startWeb(ws, env));

const CHANNELS = ['a', 'b', 'jobs/1', 'jobs/2', 'jobs/2/log'];
const TARGETS = [
  '/sse/a',
  '/sse?channel=a,b',
  '/sse/jobs/*',
  '/sse?channel=b,jobs/2/*,jobs/*',
  '/sse/*',
  '/sse?channel=jobs/1,a&wrap=1',
];

scenario('from every cursor every kind of stream gets exactly what is newer', async (ws) => {
  const { ledger, follow } = await scene(ws);
  const before = await ledger.publish('elsewhere');
  for (let i = 0; i < 20; i++) await ledger.publish(CHANNELS[(i * 7) % CHANNELS.length]);
  const cursors = [
    before,
    ...ledger
      .of()
      .map(({ id }) => id)
      .filter((_, i) => i % 4 === 0),
  ];
  const followers = TARGETS.flatMap((target) =>
    cursors.map((cursor) => follow(target, { cursor })),
  );
  for (const follower of followers) await follower.opened();
  for (const channel of CHANNELS) await ledger.publish(channel);
  await settle(followers, ledger);
  for (const follower of followers) assert.deepEqual(resumed(follower), [true]);
});

scenario(
  'a client on channel after channel, with one cursor, misses nothing of any',
  async (ws) => {
    const { ledger, follow } = await webScene(ws);
    const followers = TARGETS.map((target) => follow(target));
    for (const follower of followers) await follower.opened();
    for (let round = 0; round < 4; round++) {
      for (const channel of CHANNELS) await ledger.publish(channel);
      followers.forEach((follower) => follower.cut());
      for (const channel of CHANNELS) await ledger.publish(channel);
    }
    await settle(followers, ledger);
    for (const { streams, target } of followers) assert.ok(streams.length > 2, target);
  },
);

scenario('a new EventSource hands its cursor over in the query', async (ws) => {
  const { ledger, follow } = await webScene(ws);
  const ids = await ledger.fill('a', 10);
  const follower = follow(`/sse/a?last_event_id=${ids[3]}`);
  await settle([follower], ledger, { after: ids[3] });
  assert.equal(follower.published().length, 6);
  follower.cut(); // and from then on the browser's own cursor, in the header, goes before it
  await follower.opened(2);
  await ledger.publish('a');
  await settle([follower], ledger, { after: ids[3] });
});

for (const [how, start] of [
  ['over FastCGI', scene],
  ['through lighttpd', webScene],
]) {
  scenario(`hundreds of events while 50 streams start and reconnect, ${how}`, async (ws) => {
    const { ledger, follow } = await start(ws);
    const first = await ledger.publish('a');
    const [count, streams] = [scaled(600, 200), scaled(50, 20)];
    const writers = CHANNELS.map((channel) => ledger.writer(channel));
    const followers = [];
    await paced(count, scaled(400, 100), (i) => {
      writers[i % writers.length].write(i);
      if (i % Math.floor(count / streams / 2) === 0 && followers.length < streams) {
        const target = TARGETS[followers.length % TARGETS.length];
        followers.push(follow(target, followers.length % 2 ? { cursor: first } : {}));
      }
      if (i % 3 === 0) followers[(i * 7) % followers.length].cut();
    });
    for (const writer of writers) await writer.finish();
    for (const channel of CHANNELS) await ledger.publish(channel);
    await settle(followers, ledger);
    assert.equal(followers.length, streams);
    const reconnects = followers.reduce((sum, one) => sum + one.streams.length - 1, 0);
    ws.note(`${streams} streams, ${reconnects} reconnects, ${ledger.of().length} events`);
  });
}

scenario('a new responder on the same socket takes every client over', async (ws) => {
  const { ledger, follow, server, redis, stack } = await scene(ws, { SSE_RETRY: '1' });
  const followers = TARGETS.map((target) => follow(target));
  for (const follower of followers) await follower.opened();
  for (let round = 0; round < 3; round++) {
    for (const channel of CHANNELS) await ledger.publish(channel);
    if (round % 2) await stack.server.kill();
    else await stack.server.stop();
    for (const channel of CHANNELS) await ledger.publish(channel);
    stack.server = await Responder.start(
      ws,
      { SSE_REDIS: redis.url },
      { address: server.address, listen: server.address.path },
    );
    for (const channel of CHANNELS) await ledger.publish(channel);
    await settle(followers, ledger);
  }
});

scenario(
  'sent over the limit of its Redis the log keeps, a client that was away is told',
  async (ws) => {
    const { ledger, follow, stack, redis } = await scene(ws);
    const follower = follow('/sse?channel=a,b');
    await follower.opened();
    await ledger.publish('a');
    await ledger.publish('b');
    await settle([follower], ledger);
    follower.pause();
    const lines = Array.from({ length: 500 }, (_, i) => `${i}`);
    ledger.add('a', await stack.publishLines('a', lines, '--keep', '10'));
    await ledger.publish('b');
    const kept = await redis.logOf('a');
    assert.ok(kept.length < 500, `${kept.length} are kept`);
    follower.resume();
    await settle([follower], ledger, { resets: 1 });
    assert.equal(follower.resets()[0].id, kept[0].prev);
  },
);

scenario('a client that is always cut in the middle gets there all the same', async (ws) => {
  const { ledger, follow } = await scene(ws);
  const cursor = await ledger.publish('elsewhere');
  for (let i = 0; i < 5; i++) {
    await ledger.fill('a', 40, 2000);
    await ledger.fill('b', 40, 2000);
  }
  const follower = follow('/sse?channel=a,b', { cursor });
  let seen = 0;
  await follower.until(() => {
    if (follower.opens().length > 0) return true;
    if (follower.events.length > seen) follower.cut();
    seen = follower.events.length;
    return false;
  }, 'a stream-open');
  await settle([follower], ledger);
  await eventually(() => follower.published().length === 400, 'all of them');
});
