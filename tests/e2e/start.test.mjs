// Where a stream starts: with the state, after a cursor, after a time; and that every start ends with a stream-open.
import assert from 'node:assert/strict';
import { withFollowers } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const scene = async (ws, env) => withFollowers(ws, await startDirect(ws, env));

/** What comes before the first stream-open, as [data, id]. */
async function startOf(server, target, options) {
  const stream = await server.stream(target, options);
  const at = stream.events.indexOf(stream.opens()[0]);
  stream.abandon();
  return stream.events.slice(0, at).map(({ data, id }) => [data, id]);
}

/**
 * Events as they would stand if they had been published `ages` seconds ago, made before anything else is; returns
 * their ids. No clock can be set back for real here, and waiting ten minutes is out of the question.
 */
async function publishedAgo(redis, channel, ages) {
  const ids = ages.map((age) => `${Date.now() - age * 1000}-0`);
  await redis.command('HSET', 'sse:clock', 'epoch', '1000-0', 'last', ids.at(-1));
  await redis.command('HSET', 'sse:last', channel, ids.at(-1));
  for (const [i, id] of ids.entries()) {
    const fields = ['prev', i > 0 ? ids[i - 1] : '0-0', 'data', String(ages[i])];
    await redis.command('XADD', `sse:log:${channel}`, id, ...fields);
  }
  return ids;
}

scenario(
  'by default a stream starts with the newest event of each channel, without ids',
  async (ws) => {
    const { server, ledger } = await scene(ws);
    for (const [channel, data] of [
      ['a', '1'],
      ['b', '2'],
      ['b', '3'],
      ['a', '4'],
      ['c/1', '5'],
    ])
      await ledger.publish(channel, data);
    const cases = {
      '/sse/a': ['4'],
      '/sse?channel=b,a': ['3', '4'],
      '/sse?channel=a,never': ['4'],
      '/sse/never': [],
      '/sse/*': ['3', '4', '5'],
      '/sse?channel=c/*,a,*': ['3', '4', '5'],
      '/sse?channel=a&last=1': ['4'],
    };
    for (const [target, data] of Object.entries(cases))
      assert.deepEqual(
        (await startOf(server, target)).sort(), // in no order between channels
        data.map((one) => [one, undefined]),
        target,
      );
  },
);

scenario('last=N is that many of each channel, and last=0 none', async (ws) => {
  const { server, ledger } = await scene(ws);
  for (let i = 0; i < 6; i++) await ledger.publish('a', String(i));
  for (let i = 6; i < 9; i++) await ledger.publish('b', String(i));
  const dataOf = async (target) =>
    (await startOf(server, target)).map(([data, id]) => {
      assert.equal(id, undefined, target);
      return data;
    });
  // In order within a channel, in none between them.
  const ofBoth = async (target) =>
    (await dataOf(target)).sort((a, b) => Math.sign(a - 5.5) - Math.sign(b - 5.5));
  assert.deepEqual(await dataOf('/sse?channel=a,b&last=0'), []);
  assert.deepEqual(await dataOf('/sse?channel=a&last=5'), ['1', '2', '3', '4', '5']);
  assert.deepEqual(await ofBoth('/sse?channel=a,b&last=5'), [
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
  ]);
  assert.deepEqual(await ofBoth('/sse?channel=*&last=2'), ['4', '5', '7', '8']);
  assert.deepEqual(await ofBoth('/sse?channel=a,b&last=100'), [...'012345678']);
});

scenario('the state keeps event names and retry, and wrap=1 names its channel', async (ws) => {
  const { stack, server } = await scene(ws);
  await stack.publish('a', '1', '-e', 'progress', '--retry', '5000');
  const stream = await server.stream('/sse/a');
  assert.match(
    stream.raw().toString(),
    /:\n(retry: 5000\n)?event: progress\n(retry: 5000\n)?data: 1\n(retry: 5000\n)?\nevent: stream-open\n/,
  );
  const wrapped = await server.stream('/sse?channel=a&wrap=1');
  const { event, data, id } = wrapped.events[0];
  assert.deepEqual([event, id], ['message', undefined]);
  const { channel, event: name, data: inner } = JSON.parse(data);
  assert.deepEqual([channel, name, inner], ['a', 'progress', '1']);
});

scenario(
  'a cut before the stream-open starts again with the state; after it there is a cursor',
  async (ws) => {
    const { ledger, follow } = await scene(ws);
    await ledger.publish('a', '"state"');
    const follower = follow('/sse/a');
    await follower.until(() => follower.events.length > 0, 'the state');
    await follower.opened();
    const first = follower.events.length;
    follower.cut();
    await follower.opened(2);
    assert.equal(follower.events.length, first + 1, 'no second state: it has a cursor now');
    await ledger.publish('a');
    await settle([follower], ledger);
  },
);

scenario('an empty channel gives a cursor, too', async (ws) => {
  const { ledger, follow } = await scene(ws);
  const follower = follow('/sse/a');
  await follower.opened();
  follower.pause();
  await ledger.publish('a');
  follower.resume();
  await settle([follower], ledger);
  assert.equal(follower.published().length, 1);
});

scenario('since=all is everything that is kept, and a reset it is not', async (ws) => {
  const { stack, ledger, follow, redis, server } = await scene(ws);
  const ids = await ledger.fill('a', 10);
  await ledger.fill('b', 3);
  const all = follow('/sse?channel=a,b&since=all');
  await all.opened();
  assert.deepEqual(
    all.ids(),
    ledger.of().map(({ id }) => id),
  );
  all.pause(); // so that nobody's memory has more than the log keeps
  await stack.follows([]);
  await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', 4);
  const kept = (await startOf(server, '/sse?channel=a&since=all')).map(([, id]) => id);
  assert.deepEqual(kept, ids.slice(6));
  await redis.command('DEL', 'sse:log:a');
  const none = await server.stream('/sse?channel=a&since=all');
  assert.equal(none.events.length, 1, 'only the stream-open');
  all.resume(); // comes back by its cursor, which goes before since=all
  await ledger.publish('a');
  await ledger.publish('b');
  await settle([all], ledger, { after: '0-0' });
});

scenario('since=10m, and since=<unix seconds>, is what is newer', async (ws) => {
  const { redis, server, ledger } = await scene(ws);
  const ids = await publishedAgo(redis, 'a', [7200, 3600, 599, 300, 60]);
  ledger.add('a', ids);
  const idsOf = async (since) =>
    (await startOf(server, `/sse?channel=a&since=${since}`)).map(([, id]) => id);
  const now = Math.floor(Date.now() / 1000);
  assert.deepEqual(await idsOf('10m'), ids.slice(2));
  assert.deepEqual(await idsOf('2m'), ids.slice(4));
  assert.deepEqual(await idsOf('90m'), ids.slice(1));
  assert.deepEqual(await idsOf(now - 3000), ids.slice(2));
  assert.deepEqual(await idsOf(now - 100), ids.slice(4));
  assert.deepEqual(await idsOf(now - 100_000), ids);
  assert.deepEqual(await idsOf(now), []);
  await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', 1);
  assert.deepEqual(await idsOf('90m'), ids.slice(4), 'without a reset for what is gone');
});

scenario('since=<id> is a cursor that knows no loss', async (ws) => {
  const { ledger, redis, server } = await scene(ws);
  const ids = await ledger.fill('a', 10);
  const idsOf = async (since) =>
    (await startOf(server, `/sse?channel=a&since=${since}`)).map(([, id]) => id);
  assert.deepEqual(await idsOf(ids[4]), ids.slice(5));
  await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', 3);
  assert.deepEqual(await idsOf(ids[4]), ids.slice(7));
  assert.deepEqual(await idsOf(ids[9]), []);
});

scenario(
  'since a time that is yet to come is only what comes, and that is not withheld',
  async (ws) => {
    const { ledger, follow } = await scene(ws);
    await ledger.fill('a', 3);
    const hour = Math.floor(Date.now() / 1000) + 3600;
    const followers = [hour, `${hour}000-0`].map((since) =>
      follow(`/sse?channel=a&since=${since}`),
    );
    for (const follower of followers) {
      await follower.opened();
      assert.deepEqual(follower.ids(), []);
    }
    await ledger.publish('a');
    for (const follower of followers) await follower.gets(ledger.newest());
    await settle(followers, ledger);
  },
);

scenario('the cursor goes before since, and since before last', async (ws) => {
  const { ledger, server } = await scene(ws);
  const ids = await ledger.fill('a', 10);
  const idsOf = async (query, headers) =>
    (await startOf(server, `/sse?channel=a&${query}`, { headers })).map(([, id]) => id);
  const cursor = { 'Last-Event-ID': ids[7] };
  assert.deepEqual(await idsOf('since=all', cursor), ids.slice(8));
  assert.deepEqual(await idsOf('last=5', cursor), ids.slice(8));
  assert.deepEqual(await idsOf(`last_event_id=${ids[2]}`, cursor), ids.slice(8));
  assert.deepEqual(await idsOf(`since=all&last_event_id=${ids[6]}`), ids.slice(7));
  assert.deepEqual(await idsOf('since=all&last=1'), ids);
  for (const name of ['last_event_id', 'lastEventID', 'lastEventId'])
    assert.deepEqual(await idsOf(`${name}=${ids[5]}`), ids.slice(6), name);
});

scenario('a bad start is refused, with what would be right', async (ws) => {
  const { server } = await scene(ws);
  const bad = [
    'last=x',
    'last=-1',
    'last=101',
    'last=1.5',
    'last=',
    'since=',
    'since=x',
    'since=-5',
    'since=10y',
    'since=1-2-3',
  ];
  for (const query of bad) {
    const { status, body, headers } = await server.request(`/sse?channel=a&${query}`);
    assert.equal(status, 400, query);
    assert.match(headers['content-type'], /^text\/plain/);
    assert.ok(body.includes(query.split('=')[0]), `${query}: ${body}`);
  }
});

scenario('resumed is true exactly after a cursor from which nothing was lost', async (ws) => {
  const { ledger, server, redis } = await scene(ws);
  const ids = await ledger.fill('a', 10);
  const resumed = async (target, cursor) => {
    const stream = await server.stream(target, {
      headers: cursor ? { 'Last-Event-ID': cursor } : {},
    });
    stream.abandon();
    return JSON.parse(stream.opens()[0].data).resumed;
  };
  assert.equal(await resumed('/sse/a'), false);
  assert.equal(await resumed('/sse?channel=a&last=0'), false);
  assert.equal(await resumed('/sse?channel=a', ids[3]), true);
  assert.equal(await resumed(`/sse?channel=a&last_event_id=${ids[3]}`), true);
  assert.equal(await resumed('/sse?channel=a', ids[9]), true);
  await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', 2);
  assert.equal(await resumed('/sse?channel=a', ids[3]), false);
});
