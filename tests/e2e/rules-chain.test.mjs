// Delivery rules 4 and 5: what is at or below a stream's position is never sent; and a gap in the chain of live events
// is filled from the log before anything newer goes on.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.mjs';
import { sequence, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { answersScript, readsLog } from './lib/proxy.mjs';
import { compareIds } from './lib/sse.mjs';
import { scenario } from './lib/workspace.mjs';

const OVERLAPS = [
  '/sse?channel=jobs/a,jobs/*,*',
  '/sse?channel=*,jobs/*,jobs/a',
  '/sse?channel=jobs/*,jobs/a,jobs/b/*&wrap=1',
];

// --- rule 4: position ---

scenario('a channel and patterns that match it deliver once, in replay and live', async (ws) => {
  const { ledger, follow, proxy } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  const names = ['jobs/a', 'jobs/b/c', 'jobs/a', 'jobs/d'];
  for (const name of names) await ledger.publish(name);
  const followers = OVERLAPS.map((target) => follow(target, { cursor }));
  for (const follower of followers) await follower.opened();
  for (const name of names) await ledger.publish(name);
  await settle(followers, ledger);
  followers.forEach((follower) => assert.equal(follower.published().length, 8, follower.target));

  // While some are on their way by the log, since of one channel nothing is known yet, the same events come live.
  proxy.reader.commands.hold();
  const late = OVERLAPS.map((target) => follow(`${target}&channel=other`, { cursor }));
  await proxy.reader.commands.holds();
  for (const name of names) await proxy.heard(await ledger.publish(name));
  proxy.reader.commands.release();
  await settle([...followers, ...late], ledger);
  late.forEach((follower) => assert.equal(follower.published().length, 12, follower.target));
});

scenario(
  'an event without an id comes once, by the first subscription that matches',
  async (ws) => {
    const { stack, ledger, follow } = await startProxied(ws);
    const followers = OVERLAPS.map((target) => follow(target));
    for (const follower of followers) await follower.opened();
    const said = [];
    for (let i = 0; i < 10; i++) {
      await stack.plain('jobs/a', `plain ${i}`);
      await ledger.publish('jobs/a', `"numbered ${i}"`);
      said.push(`plain ${i}`, `"numbered ${i}"`);
    }
    await settle(followers, ledger);
    for (const follower of followers) {
      const isWrapped = follower.target.includes('wrap');
      const got = follower
        .published()
        .map(({ data }) => (isWrapped ? JSON.parse(data).data : data));
      assert.deepEqual(got, said, follower.target);
    }
  },
);

scenario('a stream that comes back by patterns gets nothing twice', async (ws) => {
  const { ledger, follow } = await startProxied(ws);
  const followers = OVERLAPS.map((target) => follow(target));
  for (const follower of followers) await follower.opened();
  for (let round = 0; round < 5; round++) {
    for (const name of ['jobs/a', 'jobs/b/c', 'jobs/a']) await ledger.publish(name);
    followers.forEach((follower) => follower.cut());
  }
  await ledger.publish('jobs/a');
  await settle(followers, ledger);
});

// --- rule 5: chain ---

/** Followers of all kinds, all live on channels that have an event. */
async function live(
  ws,
  targets = ['/sse/jobs/a', '/sse/jobs/*', '/sse?channel=jobs/*,b', ...OVERLAPS],
  channels = ['jobs/a'],
) {
  const scene = await startProxied(ws);
  for (const channel of channels) await scene.ledger.publish(channel);
  const followers = targets.map((target) => scene.follow(target));
  for (const follower of followers) await follower.opened();
  return { ...scene, followers };
}

for (const lost of [1, 3, 300]) {
  scenario(`${lost} lost live, the next one brings them first`, async (ws) => {
    const { ledger, proxy, followers } = await live(ws);
    await ledger.publish('jobs/a');
    proxy.drop(() => true);
    const ids = await ledger.fill('jobs/a', lost);
    await proxy.heard(ids.at(-1));
    proxy.drop(null);
    await ledger.publish('jobs/a');
    await settle(followers, ledger);
    followers.forEach(({ streams }) => assert.equal(streams.length, 1, 'it stays open'));
  });
}

scenario('lost again and again, among events of other channels', async (ws) => {
  const names = ['jobs/a', 'jobs/b/c', 'b', 'jobs/d'];
  const targets = names.map((name) => `/sse/${name}`);
  const { ledger, proxy, followers } = await live(ws, targets, names);
  let n = 0;
  proxy.drop(() => n++ % 3 === 0);
  const writers = names.map((name) => ledger.writer(name));
  for (let i = 0; i < 200; i++) writers[i % writers.length].write(i);
  for (const writer of writers) await writer.finish();
  proxy.drop(null);
  for (const name of names) await ledger.publish(name);
  await settle(followers, ledger);
  assert.ok(proxy.dropped.length >= 40, `${proxy.dropped.length} messages were lost`);
});

scenario('a gap found while another stream starts loses nothing for that one', async (ws) => {
  const { stack, ledger, proxy, follow, followers } = await live(ws, ['/sse/jobs/a']);
  const fence = follow('/sse/fence');
  await fence.opened();
  const cursor = await ledger.publish('elsewhere');
  for (const name of ['x', 'y/1', 'x', 'y/2']) await ledger.publish(name);
  proxy.reader.answers.hold();
  const starting = ['/sse/x', '/sse/y/*', '/sse?channel=x,jobs/a'].map((target) =>
    follow(target, { cursor }),
  );
  await proxy.reader.answers.holds(answersScript);
  proxy.drop((channel) => channel === 'sse:jobs/a');
  await proxy.heard(await ledger.publish('jobs/a'));
  proxy.drop(null);
  await ledger.publish('jobs/a');
  await stack.plain('fence', 'the gap is found');
  await fence.until(() => fence.published().length > 0, 'a message behind the gap');
  proxy.reader.answers.release();
  await settle([...followers, ...starting], ledger);
  for (const name of ['x', 'y/1', 'jobs/a']) await ledger.publish(name);
  await settle([...followers, ...starting], ledger);
});

scenario(
  'the first event of a channel is none to be missed before, whatever was swept',
  async (ws) => {
    const { stack, ledger, redis, follow } = await startProxied(ws);
    const followers = ['/sse/new', '/sse?channel=new,x', '/sse?channel=n/*,new'].map((target) =>
      follow(target),
    );
    for (const follower of followers) await follower.opened();
    await ledger.publish('x', '1', '--ttl', '1');
    const isSwept = async () => {
      await stack.publish('elsewhere', '1', '--ttl', '1');
      return (await redis.command('HGET', 'sse:last', 'x')) === null;
    };
    await eventually(isSwept, 'x is swept', { every: 50 });
    await ledger.publish('new');
    await ledger.publish('new');
    await settle(followers, ledger);
  },
);

scenario('live events that come while a gap is read wait for it', async (ws) => {
  const { ledger, proxy, followers } = await live(ws);
  proxy.drop((channel) => channel === 'sse:jobs/a');
  const ids = await ledger.fill('jobs/a', 3);
  await proxy.heard(ids.at(-1));
  proxy.drop(null);
  proxy.reader.commands.holdFrom(readsLog('jobs/a'));
  await ledger.publish('jobs/a');
  await proxy.reader.commands.holds(readsLog('jobs/a'), 'the read of the gap');
  for (const name of ['jobs/b/c', 'jobs/a', 'b', 'jobs/a'])
    await proxy.heard(await ledger.publish(name));
  proxy.reader.commands.release();
  await settle(followers, ledger);
});

scenario('the first event of a channel lost live is brought by its second', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const followers = ['/sse/new', '/sse/*'].map((target) => follow(target));
  for (const follower of followers) await follower.opened();
  proxy.drop((channel) => channel === 'sse:new');
  await proxy.heard(await ledger.publish('new'));
  proxy.drop(null);
  await ledger.publish('new');
  await settle(followers, ledger);
  followers.forEach((follower) => assert.equal(follower.published().length, 2));
});

scenario('lost live, and trimmed before it could be read: said', async (ws) => {
  const { ledger, proxy, redis, followers } = await live(ws, ['/sse/jobs/a', '/sse/jobs/*']);
  const cursor = await ledger.publish('jobs/a');
  for (const follower of followers) await follower.gets(cursor);
  proxy.drop((channel) => channel === 'sse:jobs/a');
  const ids = await ledger.fill('jobs/a', 5);
  await proxy.heard(ids.at(-1));
  proxy.drop(null);
  await redis.command('XTRIM', 'sse:log:jobs/a', 'MAXLEN', 2);
  await ledger.publish('jobs/a');
  await settle(followers, ledger, { resets: 1 });
  for (const follower of followers) {
    const { requested: _, ...rest } = JSON.parse(follower.resets()[0].data);
    assert.equal(follower.resets()[0].id, ids[2]);
    assert.deepEqual(rest, { oldest: ids[3], missed: null, channels: ['jobs/a'] });
  }
});

scenario('Redis emptied under a live connection is found by the next event', async (ws) => {
  const { ledger, redis, followers } = await live(ws, ['/sse/jobs/a', '/sse?channel=jobs/*,b']);
  const ids = [await ledger.publish('jobs/a'), await ledger.publish('b')];
  await followers[0].gets(ids[0]);
  await followers[1].gets(ids[1]);
  await redis.command('FLUSHALL');
  for (const name of ['jobs/a', 'b', 'jobs/a']) await ledger.publish(name);
  await settle(followers, ledger, { resets: 1 });
  const { epoch } = await redis.hash('sse:clock');
  assert.ok(compareIds(epoch, ids[1]) > 0);
  const [{ requested, channels }] = followers[0].resets().map(({ data }) => JSON.parse(data));
  assert.deepEqual({ requested, channels }, { requested: ids[0], channels: ['jobs/a'] });
  for (const follower of followers) {
    const at = sequence(follower).indexOf(`stream-reset ${epoch}`);
    assert.ok(at > 0, `${follower.target} is told, at the epoch`);
    assert.equal(follower.streams.length, 1, 'on the same stream');
  }
});

scenario('Redis emptied is found by the first event of a channel, too', async (ws) => {
  const { ledger, redis, follow } = await startProxied(ws);
  await ledger.publish('jobs/a');
  const followers = ['/sse/new', '/sse?channel=jobs/a,new', '/sse/*'].map((target) =>
    follow(target),
  );
  for (const follower of followers) await follower.opened();
  await redis.command('FLUSHALL');
  const id = await ledger.publish('new'); // which nothing else tells from one that follows on what was before
  await settle(followers, ledger, { resets: 1 });
  const { epoch } = await redis.hash('sse:clock');
  for (const follower of followers)
    assert.deepEqual(sequence(follower).slice(-3), [
      `stream-reset ${epoch}`,
      id,
      `stream-open ${id}`,
    ]);
});

scenario(
  'Redis emptied and filled through lost messages: nothing that is there is missed',
  async (ws) => {
    const { ledger, proxy, redis, followers } = await live(ws, [
      '/sse/jobs/a',
      '/sse?channel=jobs/*,b',
    ]);
    await redis.command('FLUSHALL');
    proxy.drop(() => true);
    for (const name of ['b', 'jobs/a', 'jobs/b/c']) await proxy.heard(await ledger.publish(name));
    proxy.drop(null);
    await ledger.publish('jobs/a');
    await settle(followers, ledger, { resets: 1 });
  },
);
