// What one publish leaves in Redis (design, section 3): ids, clock, log, envelope; and that ids always rise.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { assertDelivered, assertRising, compareIds } from './lib/sse.mjs';
import { startDirect, startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** The envelopes that came live on a channel, and that they are there. */
async function envelopes(heard, count) {
  await eventually(() => heard.length >= count, `${count} live messages`);
  return heard.map(({ message }) => JSON.parse(message));
}

scenario('ids are the time, and rise across all channels', async (ws) => {
  const stack = await startPublisher(ws);
  const before = Date.now();
  const ids = [];
  for (const channel of ['a', 'b', 'a', 'c/d', 'b']) ids.push(await stack.publish(channel, '1'));
  assert.ok(
    ids.every((id) => /^\d{13}-\d+$/.test(id)),
    ids.join(),
  );
  assertRising(ids);
  const time = Number(ids[0].split('-')[0]);
  assert.ok(time >= before && time <= Date.now(), 'the id is the time of publishing');
});

scenario('clock, list of channels, logs and live messages tell the same', async (ws) => {
  const stack = await startPublisher(ws);
  const heard = await stack.redis.listen('sse:*');
  const a1 = await stack.publish('a', '{"n":1}');
  const b1 = await stack.publish('b', 'text of b', '--text', '-e', 'note');
  const a2 = await stack.publish('a', '2', '--retry', '4000');

  const clock = await stack.redis.hash('sse:clock');
  assert.equal(clock.last, a2);
  assert.ok(compareIds(clock.epoch, a1) < 0, 'the epoch is an id of its own, below all events');
  assert.deepEqual(await stack.redis.hash('sse:last'), { a: a2, b: b1 });

  const log = await stack.redis.logOf('a');
  assert.deepEqual(
    log.map(({ id, data }) => [id, data]),
    [
      [a1, '{"n":1}'],
      [a2, '2'],
    ],
  );
  assert.equal(log[1].prev, a1, 'each entry names the one before it');
  assert.equal(
    log[0].prev,
    clock.swept ?? '0-0',
    'the first of an unknown channel names the newest id forgotten',
  );

  const live = await envelopes(heard, 3);
  assert.deepEqual(
    heard.map(({ channel }) => channel),
    ['sse:a', 'sse:b', 'sse:a'],
  );
  assert.deepEqual(
    live.map(({ id }) => id),
    [a1, b1, a2],
  );
  assert.deepEqual(
    live.map(({ data }) => data),
    ['{"n":1}', 'text of b', '2'],
  );
  assert.ok(live.every(({ epoch }) => epoch === clock.epoch));
  assert.equal(live[1].event, 'note');
  assert.equal(live[2].prev, a1);
  assert.equal(live[2].retry, 4000);
});

scenario('the log of a channel expires, and --ttl says when', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.publish('a', '1');
  const day = await stack.redis.command('PTTL', 'sse:log:a');
  assert.ok(day > 86_000_000 && day <= 86_400_000, `${day} ms`);
  await stack.publish('a', '2', '--ttl', '60');
  const minute = await stack.redis.command('PTTL', 'sse:log:a');
  assert.ok(minute > 50_000 && minute <= 60_000, `${minute} ms`);
});

scenario('--keep trims the log to about so many', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = Array.from({ length: 2000 }, (_, i) => String(i));
  const ids = await stack.publishLines('a', lines, '--keep', '100');
  const log = await stack.redis.logOf('a');
  assert.ok(log.length >= 100 && log.length <= 300, `${log.length} entries`);
  assert.deepEqual(
    log.map(({ id }) => id),
    ids.slice(-log.length),
  );
});

scenario('a thousand events are kept by default', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.publishLines(
    'a',
    Array.from({ length: 3000 }, (_, i) => String(i)),
  );
  const length = await stack.redis.command('XLEN', 'sse:log:a');
  assert.ok(length >= 1000 && length <= 1200, `${length} entries`);
});

scenario(
  'channels that have been silent for long are swept, and the newest such id is kept',
  async (ws) => {
    const stack = await startPublisher(ws);
    await stack.publish('fresh', '1');
    const old = { first: '1000-0', second: '3000-5', third: '2000-0' };
    await stack.redis.command('HSET', 'sse:last', ...Object.entries(old).flat());
    await eventually(async () => {
      await stack.publish('fresh', '2');
      return Object.keys(await stack.redis.hash('sse:last')).join() === 'fresh';
    }, 'the old channels are swept');
    assert.equal((await stack.redis.hash('sse:clock')).swept, '3000-5');
    const heard = await stack.redis.listen('sse:*');
    await stack.publish('first', '3');
    assert.equal(
      (await envelopes(heard, 1))[0].prev,
      '3000-5',
      'a channel that is unknown now begins after it',
    );
  },
);

scenario('with the clock far ahead ids still rise', async (ws) => {
  const stack = await startPublisher(ws);
  const ahead = '9999999999999-5';
  await stack.publish('a', '1');
  await stack.redis.command('HSET', 'sse:clock', 'last', ahead);
  const ids = [
    ahead,
    await stack.publish('a', '2'),
    await stack.publish('b', '3'),
    await stack.publish('a', '4'),
  ];
  assertRising(ids);
  assert.equal((await stack.redis.hash('sse:clock')).last, ids.at(-1));
});

scenario(
  'an id is above the newest of its channel and of its log, even if the clock is lost',
  async (ws) => {
    const stack = await startPublisher(ws);
    await stack.redis.command('HSET', 'sse:last', 'a', '9999999999998-1');
    const first = await stack.publish('a', '1');
    assertRising(['9999999999998-1', first]);
    await stack.redis.command('XADD', 'sse:log:b', '9999999999999-7', 'data', 'x');
    const second = await stack.publish('b', '2');
    assertRising(['9999999999999-7', second]);
    await stack.redis.command('DEL', 'sse:clock', 'sse:last');
    const third = await stack.publish('b', '3');
    assertRising([second, third]);
  },
);

scenario('a script that Redis has forgotten is loaded again', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.publish('a', '1');
  const lines = stack.openLines('a');
  for (let i = 1; i <= 3; i++) {
    await stack.redis.command('SCRIPT', 'FLUSH');
    await stack.publish('a', '2');
    await stack.redis.command('SCRIPT', 'FLUSH');
    lines.write(i);
    await lines.printed(i);
  }
  assert.equal((await lines.finish()).code, 0);
  assert.equal(await stack.redis.command('XLEN', 'sse:log:a'), 7);
});

scenario('a hundred publishers at once make one order that every client sees', async (ws) => {
  const stack = await startDirect(ws);
  const channels = ['p/0', 'p/1', 'p/2', 'p/3'];
  const all = await stack.server.stream('/sse/p/*');
  const single = await Promise.all(
    channels.map((channel) => stack.server.stream(`/sse/${channel}`)),
  );
  const count = scaled(100, 30);
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const channel = channels[i % 4];
      const own = await stack.publishLines(channel, ['1', '2', '3', '4', '5']);
      assert.equal(own.length, 5);
      assertRising(own);
      return own.map((id) => ({ id, channel }));
    }),
  );
  const inOrder = ids.flat().sort((a, b) => compareIds(a.id, b.id));
  assertRising(inOrder.map(({ id }) => id));
  await all.waitFor(() => all.published().length >= count * 5, 'all events');
  assertDelivered(
    all,
    inOrder.map(({ id }) => id),
  );
  for (const [i, channel] of channels.entries()) {
    const own = inOrder.filter((event) => event.channel === channel).map(({ id }) => id);
    await single[i].getsId(own.at(-1));
    assertDelivered(single[i], own);
    const log = await stack.redis.logOf(channel);
    assert.deepEqual(
      log.map(({ id }) => id),
      own,
    );
    for (let n = 1; n < log.length; n++) assert.equal(log[n].prev, log[n - 1].id);
  }
});

scenario(
  'an event is stored even if nobody listens, and told to all prefixes apart',
  async (ws) => {
    const stack = await startPublisher(ws);
    const id = (await stack.run(['a', '1', '--prefix', 'other:'])).stdout.trim();
    assert.equal(await stack.redis.command('EXISTS', 'sse:clock', 'sse:last', 'sse:log:a'), 0);
    assert.deepEqual(
      (await stack.redis.logOf('a', 'other:')).map((entry) => entry.id),
      [id],
    );
  },
);

scenario('what is odd about another channel is no failure of this one', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  await stack.redis.command('HSET', 'sse:last', 'odd', 'no id at all');
  const ids = [await stack.publish('a', '1'), await stack.publish('a', '2')];
  await stream.getsId(ids[1]);
  assertDelivered(stream, ids);
});

scenario('a trailing NUL is refused like any other', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['--text', 'a', '-'], { stdin: 'abc\0\0' });
  assert.equal(end.code, 65);
  assert.deepEqual(await stack.stored(), []);
});
