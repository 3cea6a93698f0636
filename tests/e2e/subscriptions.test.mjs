// What the responder subscribes to in Redis, and what it takes from there: prefixes, leaving, many channels.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { paced } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder } from './lib/responder.mjs';
import { assertDelivered, compareIds } from './lib/sse.mjs';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

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
    const stream = await stack.server.stream('/sse/a?last=0');
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

scenario('streams opened while events flow get all above their horizon, once', async (ws) => {
  const stack = await startDirect(ws);
  const publishers = ['a', 'b'].map((channel) => stack.openLines(channel));
  const streams = [];
  await paced(400, scaled(200, 100), (i) => {
    publishers[i % 2].write(i);
    if (i % 8 === 0)
      streams.push(stack.server.open(`/sse?last=0&channel=${i % 16 ? 'a,b' : 'b,*'}`));
  });
  await Promise.all(publishers.map((publisher) => publisher.finish()));
  const ids = publishers.flatMap((publisher) => publisher.ids()).sort(compareIds);
  for (const stream of streams) {
    const horizon = (await stream.opened()).id;
    const wanted = ids.filter((id) => compareIds(id, horizon) > 0); // none for one that opened last of all
    await stream.waitFor(() => stream.published().at(-1)?.id === wanted.at(-1), 'the last event');
    assertDelivered(stream, wanted);
  }
});
