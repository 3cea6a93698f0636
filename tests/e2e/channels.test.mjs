// Which events a stream gets: how channels are named in a request, and what patterns follow.
import assert from 'node:assert/strict';
import { assertDelivered } from './lib/sse.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** The channels that a stream says it follows. */
function channelsOf(stream) {
  return JSON.parse(stream.opens()[0].data).channels;
}

/** Opens `target` and returns the channels that the stream-open names, sorted. */
async function followedBy(server, target, options) {
  const stream = await server.stream(target, options);
  const channels = channelsOf(stream);
  stream.abandon();
  return channels.sort();
}

scenario(
  'channels are named by query, repeated or with commas, by alias and by path',
  async (ws) => {
    const { server } = await startWeb(ws);
    const cases = {
      '/sse?channel=a': ['a'],
      '/sse?channel=a&channel=b': ['a', 'b'],
      '/sse?channel=a,b,c/d': ['a', 'b', 'c/d'],
      '/sse?topic=a': ['a'],
      '/sse?topic=a&channel=b': ['a', 'b'],
      '/sse/a': ['a'],
      '/sse/jobs/42': ['jobs/42'],
      '/sse/jobs/*': ['jobs/*'],
      '/sse/a?channel=b': ['a', 'b'],
      '/sse?channel=*': ['*'],
      '/sse?channel=a&channel=a': ['a'],
      '/events/jobs/42?topic=x.y_z@1-2': ['jobs/42', 'x.y_z@1-2'],
      '/sse?unknown=1&channel=a&_=1700000000': ['a'],
    };
    for (const [target, channels] of Object.entries(cases)) {
      assert.deepEqual(await followedBy(server, target), channels, target);
    }
  },
);

scenario('percent-encoding is undone in path and query', async (ws) => {
  const { server } = await startDirect(ws);
  const cases = {
    '/sse?channel=jobs%2F42': ['jobs/42'],
    '/sse?%63hannel=%61': ['a'],
    '/sse/%6Aobs/4%32': ['jobs/42'],
    '/sse/jobs%2f42': ['jobs/42'],
    '/sse?channel=jobs/%2A': ['jobs/*'],
  };
  for (const [target, channels] of Object.entries(cases)) {
    assert.deepEqual(await followedBy(server, target), channels, target);
  }
});

scenario('without a channel it is the default one', async (ws) => {
  const stack = await startDirect(ws);
  assert.deepEqual(await followedBy(stack.server, '/sse'), ['status']);
  assert.deepEqual(await followedBy(stack.server, '/sse/'), ['status']);
  assert.deepEqual(await followedBy(stack.server, '/sse?wrap=1'), ['status']);
});

scenario('SSE_CHANNEL is the default channel', async (ws) => {
  const stack = await startDirect(ws, { SSE_CHANNEL: 'lobby/main' });
  const stream = await stack.server.stream('/sse');
  assert.deepEqual(channelsOf(stream), ['lobby/main']);
  await stack.publish('lobby/main', '1');
  await stream.gets('1');
});

scenario('a stream gets its own channels only', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse?channel=a&channel=c');
  const ids = [];
  for (const channel of ['a', 'b', 'c', 'A', 'a/b', 'a', 'ab', 'c']) {
    const id = await stack.publish(channel, '1');
    if (channel === 'a' || channel === 'c') ids.push(id);
  }
  await stream.getsId(ids.at(-1));
  assertDelivered(stream, ids);
});

scenario('a pattern follows every channel below it', async (ws) => {
  const stack = await startWeb(ws);
  const below = await stack.server.stream('/sse/jobs/*');
  const all = await stack.server.stream('/sse?channel=*');
  const [ids, everything] = [[], []];
  for (const channel of [
    'jobs/a',
    'jobs',
    'jobsx',
    'jobs/a/b',
    'other/jobs/a',
    'Jobs/a',
    'jobs/z',
  ]) {
    const id = await stack.publish(channel, '1');
    everything.push(id);
    if (channel.startsWith('jobs/')) ids.push(id);
  }
  await below.getsId(ids.at(-1));
  await all.getsId(everything.at(-1));
  assertDelivered(below, ids);
  assertDelivered(all, everything);
});

scenario('channel and pattern, or two patterns, deliver an event once', async (ws) => {
  const stack = await startDirect(ws);
  const targets = [
    '/sse?channel=jobs/a,jobs/*',
    '/sse?channel=jobs/*,*',
    '/sse?channel=*,jobs/*,jobs/a,jobs/b/*',
  ];
  const streams = await Promise.all(targets.map((target) => stack.server.stream(target)));
  const ids = [];
  for (const channel of ['jobs/a', 'jobs/b/c', 'jobs/a'])
    ids.push(await stack.publish(channel, '1'));
  for (const stream of streams) {
    await stream.getsId(ids.at(-1));
    assertDelivered(stream, ids);
  }
});

scenario('overlapping subscriptions deliver an event without an id once', async (ws) => {
  const stack = await startDirect(ws);
  const targets = [
    '/sse?channel=jobs/a,jobs/*',
    '/sse?channel=jobs/*,*',
    '/sse?channel=*,jobs/a',
    '/sse/jobs/a',
  ];
  const streams = await Promise.all(targets.map((target) => stack.server.stream(target)));
  const messages = Array.from({ length: 20 }, (_, i) => `message ${i}`);
  for (const message of messages) await stack.plain('jobs/a', message);
  const last = await stack.publish('jobs/a', '"last"');
  for (const stream of streams) {
    await stream.getsId(last);
    assert.deepEqual(
      stream.published().map(({ data }) => data),
      [...messages, '"last"'],
      stream.target,
    );
  }
});

scenario('an overlap stays single when one of the streams leaves', async (ws) => {
  const stack = await startDirect(ws);
  const exact = await stack.server.stream('/sse/jobs/a');
  const both = await stack.server.stream('/sse?channel=jobs/a,jobs/*');
  exact.abandon();
  const ids = [];
  for (let i = 0; i < 10; i++) ids.push(await stack.publish('jobs/a', String(i)));
  await both.getsId(ids.at(-1));
  assertDelivered(both, ids);
});
