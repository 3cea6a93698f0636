// Which events a stream gets: how channels are named in a request, patterns, prefixes, subscriptions in Redis.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { Redis } from './lib/redis.mjs';
import { assertDelivered } from './lib/sse.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { Responder } from './lib/responder.mjs';
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

scenario('other prefixes are not heard, even those that begin with ours', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse?channel=*');
  await stack.redis.command('PUBLISH', 'sse:other:x', 'foreign');
  await stack.redis.command('PUBLISH', 'sse:-/link', 'foreign');
  await stack.redis.command('PUBLISH', 'sse:not a channel', 'foreign');
  await stack.redis.command('PUBLISH', 'sse:', 'foreign');
  await stack.redis.command('PUBLISH', 'ssex:a', 'foreign');
  await stack.plain('a', 'ours');
  await stream.gets('ours');
  assert.deepEqual(
    stream.published().map(({ data }) => data),
    ['ours'],
  );
});

scenario('two prefixes in one Redis are two worlds', async (ws) => {
  const redis = await Redis.start(ws);
  const one = await startDirect(ws, { SSE_PREFIX: 'one:' }, { redis });
  const two = await startDirect(ws, { SSE_PREFIX: '{two}:' }, { redis });
  const streams = [await one.server.stream('/sse/*'), await two.server.stream('/sse/*')];
  const ids = [await one.publish('a', '1'), await two.publish('a', '2')];
  await Promise.all(streams.map((stream, i) => stream.getsId(ids[i])));
  streams.forEach((stream, i) => assertDelivered(stream, [ids[i]]));
});

scenario('glob characters in a prefix mean themselves', async (ws) => {
  const stack = await startDirect(ws, { SSE_PREFIX: 'a*b[1]?\\:' });
  const stream = await stack.server.stream('/sse?channel=jobs/*');
  const exact = await stack.server.stream('/sse?channel=jobs/1');
  for (const name of ['aXb1?\\:', 'ab[1]?\\:', 'a*b1X\\:', 'a*b[1]X:']) {
    await stack.redis.command('PUBLISH', `${name}jobs/1`, 'foreign');
  }
  const id = await stack.publish('jobs/1', '"ours"');
  for (const one of [stream, exact]) {
    await one.getsId(id);
    assertDelivered(one, [id]);
  }
});

scenario('Redis has subscriptions only to what somebody follows', async (ws) => {
  const stack = await startDirect(ws);
  await stack.redis.linked();
  await stack.follows([]);
  const streams = [];
  for (const target of ['/sse?channel=a,b', '/sse?channel=b,jobs/*', '/sse?channel=*']) {
    streams.push(await stack.server.stream(target));
  }
  await stack.follows(['a', 'b'], 2);
  streams[0].abandon();
  await stack.follows(['b'], 2);
  streams[1].abandon();
  await stack.follows([], 1);
  streams[2].abandon();
  await stack.follows([], 0);
  await stack.redis.linked(); // the control subscription stays
});

scenario('a channel can be left and joined again at once, 200 times', async (ws) => {
  const stack = await startDirect(ws);
  const publisher = stack.openLines('a');
  for (let i = 1; i <= scaled(200, 60); i++) {
    const stream = await stack.server.stream('/sse/a');
    publisher.write(i);
    await stream.gets(String(i));
    assert.equal(stream.published().length, 1);
    stream.abandon(); // its UNSUBSCRIBE is on its way when the next one joins
  }
  await publisher.finish();
  await stack.follows([]);
});

scenario('many streams on many channels get each its own', async (ws) => {
  const stack = await startDirect(ws);
  const [channels, each] = [40, scaled(10, 4)];
  const names = Array.from({ length: channels }, (_, i) => `many/${i}`);
  const targets = names.flatMap((name, i) =>
    Array(each).fill(`/sse?channel=${name},${names[(i + 1) % channels]}`),
  );
  const streams = await Promise.all(targets.map((target) => stack.server.stream(target)));
  await stack.follows(names);
  const ids = [];
  for (const name of names) ids.push(await stack.publishLines(name, ['1', '2', '3']));
  for (const [i, stream] of streams.entries()) {
    const own = Math.floor(i / each);
    const wanted = [own, (own + 1) % channels].sort((a, b) => a - b).flatMap((n) => ids[n]);
    await stream.waitFor(() => stream.published().length >= wanted.length, 'all of its events');
    assertDelivered(stream, wanted);
  }
  streams.forEach((stream) => stream.abandon());
  await stack.follows([]);
});

scenario('several responders on one Redis all deliver', async (ws) => {
  const stack = await startDirect(ws);
  const other = await Responder.start(ws, { SSE_REDIS: stack.redis.url });
  const streams = [await stack.server.stream('/sse/a'), await other.stream('/sse/a')];
  const ids = await stack.publishLines('a', ['1', '2', '3']);
  for (const stream of streams) {
    await stream.getsId(ids.at(-1));
    assertDelivered(stream, ids);
  }
});
