// Delivery rule 3: every replay proves that nothing is missing, or says what is. A stream-reset comes exactly when
// events between cursor and now are gone.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.mjs';
import { assertResets, resumed, sequence, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { readsLog } from './lib/proxy.mjs';
import { scenario } from './lib/workspace.mjs';

/** Ten events on channel a, whose log keeps the newest `kept`. */
async function trimmed(ws, kept) {
  const scene = await startProxied(ws);
  const ids = await scene.ledger.fill('a', 10);
  await scene.redis.command('XTRIM', 'sse:log:a', 'MAXLEN', kept);
  return { ...scene, ids };
}

/** The id an hour after another, or before it. */
function shifted(id, hours) {
  return `${Number(id.split('-')[0]) + hours * 3_600_000}-0`;
}

/** The id just below another. */
function before(id) {
  const [ms, count] = id.split('-');
  return `${ms}-${count - 1}`;
}

scenario('trimmed between cursor and now: a stream-reset, then what is kept', async (ws) => {
  const { ids, ledger, follow } = await trimmed(ws, 3);
  const follower = follow('/sse/a', { cursor: ids[2] });
  await settle([follower], ledger, { resets: 1 });
  assertResets(follower, { id: ids[6], requested: ids[2], oldest: ids[7], channels: ['a'] });
  assert.deepEqual(sequence(follower), [
    `stream-reset ${ids[6]}`,
    ...ids.slice(7),
    `stream-open ${ids[9]}`,
  ]);
  assert.deepEqual(resumed(follower), [false]);
});

scenario('a stream of every channel is told how many events are gone', async (ws) => {
  const { ids, ledger, follow, redis } = await trimmed(ws, 3);
  await ledger.publish('b');
  const { epoch } = await redis.hash('sse:clock');
  for (const [target, cursor, missed] of [
    ['/sse/*', ids[2], 4],
    ['/sse?channel=b,*', ids[5], 1],
    ['/sse/*', epoch, 7],
    ['/sse?channel=a,b', ids[2], null],
  ]) {
    const follower = follow(target, { cursor });
    await settle([follower], ledger, { resets: 1 });
    assertResets(follower, { id: ids[6], requested: cursor, oldest: ids[7], missed, channels: ['a'] });
  }
});

scenario('a cursor that somebody made up is told what is gone, but not how many', async (ws) => {
  const { ids, ledger, follow, redis } = await trimmed(ws, 10);
  const cursor = `${Number(ids[9].split('-')[0]) + 1}-0`;
  await eventually(async () => Date.now() > parseInt(cursor), 'the clock is past it', { every: 1 });
  const more = await ledger.fill('b', 5);
  await redis.command('XTRIM', 'sse:log:b', 'MAXLEN', 2);
  const follower = follow('/sse/*', { cursor });
  await settle([follower], ledger, { resets: 1 });
  assertResets(follower, { id: more[2], requested: cursor, oldest: more[3], channels: ['b'] });
});

scenario('trimmed up to the cursor itself, nothing is lost and nothing said', async (ws) => {
  const { ids, ledger, follow, redis } = await trimmed(ws, 10);
  for (const [kept, cursor] of [
    [9, ids[0]],
    [8, ids[1]],
    [8, ids[5]],
    [1, ids[8]],
    [1, ids[9]],
    [0, ids[9]],
  ]) {
    await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', kept);
    const follower = follow('/sse/a', { cursor });
    await settle([follower], ledger);
    assert.deepEqual(resumed(follower), [true]);
    follower.stop();
  }
});

scenario('trimmed one event past the cursor, that one is said', async (ws) => {
  const { ids, ledger, follow } = await trimmed(ws, 4);
  const follower = follow('/sse/a', { cursor: ids[4] });
  await settle([follower], ledger, { resets: 1 });
  assertResets(follower, { id: ids[5], requested: ids[4], oldest: ids[6], channels: ['a'] });
});

for (const [how, ...command] of [
  ['trimmed to nothing', 'XTRIM', 'sse:log:a', 'MAXLEN', 0],
  ['deleted', 'DEL', 'sse:log:a'],
  ['expired', 'PEXPIRE', 'sse:log:a', 1],
]) {
  scenario(`a log ${how} is reset to the newest id of its channel`, async (ws) => {
    const { ids, ledger, follow, redis } = await trimmed(ws, 10);
    await redis.command(...command);
    await eventually(async () => !(await redis.command('XLEN', 'sse:log:a')), 'nothing is left');
    const follower = follow('/sse/a', { cursor: ids[3] });
    await follower.opened();
    assertResets(follower, { id: ids[9], requested: ids[3], oldest: null, channels: ['a'] });
    const newest = follow('/sse/a', { cursor: ids[9] });
    await newest.opened();
    assert.deepEqual(resumed(newest), [true], 'with the newest id nothing is lost');
    await ledger.publish('a');
    await settle([follower], ledger, { resets: 1 });
    await settle([newest], ledger);
  });
}

scenario('an event taken out of the middle of a log is said, in its place', async (ws) => {
  const { ids, ledger, follow, redis } = await trimmed(ws, 10);
  await redis.command('XDEL', 'sse:log:a', ids[5]);
  const follower = follow('/sse/a', { cursor: ids[2] });
  await settle([follower], ledger, { resets: 1 });
  assert.deepEqual(sequence(follower), [
    ...ids.slice(3, 5),
    `stream-reset ${ids[5]}`,
    ...ids.slice(6),
    `stream-open ${ids[9]}`,
  ]);
  const after = follow('/sse/a', { cursor: ids[5] });
  await settle([after], ledger);
});

scenario('the newest event taken out of a log is said', async (ws) => {
  const { ids, ledger, follow, redis } = await trimmed(ws, 10);
  await redis.command('XDEL', 'sse:log:a', ids[9]);
  const follower = follow('/sse/a', { cursor: ids[6] });
  await follower.opened();
  assert.deepEqual(sequence(follower), [
    ...ids.slice(7, 9),
    `stream-reset ${ids[9]}`,
    `stream-open ${ids[9]}`,
  ]);
  await ledger.publish('a');
  await settle([follower], ledger, { resets: 1 });
});

scenario(
  'of several channels the reset is for the one that lost events, in id order',
  async (ws) => {
    const { ledger, follow, redis } = await startProxied(ws);
    const cursor = await ledger.publish('elsewhere');
    const ids = [];
    for (const channel of 'abcabcabc') ids.push(await ledger.publish(channel));
    await redis.command('XTRIM', 'sse:log:b', 'MAXLEN', 1); // ids 1 and 4 are gone
    const expected = [
      ids[0],
      ids[2],
      ids[3],
      `stream-reset ${ids[4]}`,
      ...ids.slice(5),
      `stream-open ${ids[8]}`,
    ];
    for (const [target, missed] of [
      ['/sse?channel=a,b,c', null],
      ['/sse/*', 2],
    ]) {
      const follower = follow(target, { cursor });
      await settle([follower], ledger, { resets: 1 });
      assert.deepEqual(sequence(follower), expected, target);
      assertResets(follower, { id: ids[4], requested: cursor, oldest: ids[7], missed, channels: ['b'] });
    }
  },
);

scenario('a client cut between an event and a reset behind it still gets the reset', async (ws) => {
  const { ledger, follow, redis } = await startProxied(ws);
  await ledger.publish('elsewhere');
  const ids = [];
  for (const channel of 'babab') ids.push(await ledger.publish(channel));
  await redis.command('XTRIM', 'sse:log:b', 'MAXLEN', 1);
  const follower = follow('/sse?channel=a,b', { cursor: ids[1] });
  await settle([follower], ledger, { resets: 1 });
  assertResets(follower, { id: ids[2], requested: ids[1], oldest: ids[4], channels: ['b'] });
});

scenario('a channel that was swept is reset for cursors below what was swept', async (ws) => {
  const { stack, ledger, follow, redis } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  const swept = await ledger.publish('a', '1', '--ttl', '1');
  const sweep = async () => {
    await stack.publish('elsewhere', '1', '--ttl', '1');
    return (await redis.command('HGET', 'sse:last', 'a')) === null;
  };
  await eventually(sweep, 'the channel is swept', { every: 50 });
  assert.equal((await redis.hash('sse:clock')).swept, swept);
  const follower = follow('/sse/a', { cursor });
  await follower.opened();
  assertResets(follower, { id: swept, requested: cursor, oldest: null, channels: ['a'] });
  const knows = follow('/sse/a', { cursor: swept });
  await knows.opened();
  assert.deepEqual(resumed(knows), [true]);
  await ledger.publish('a');
  await settle([follower], ledger, { resets: 1 });
  await settle([knows], ledger);
});

scenario('a reset before the event that was swept last, which memory has, is told again after a cut', async (ws) => {
  const { stack, ledger, follow, redis } = await startProxied(ws);
  const witness = follow('/sse/a');
  await witness.opened();
  const cursor = await ledger.publish('elsewhere');
  await ledger.publish('b', '1', '--ttl', '1');
  const swept = await ledger.publish('a', '1', '--ttl', '1');
  const sweep = async () => {
    await stack.publish('elsewhere', '1', '--ttl', '1');
    return (await redis.command('HLEN', 'sse:last')) === 1;
  };
  await eventually(sweep, 'both channels are swept', { every: 50 });
  assert.equal((await redis.hash('sse:clock')).swept, swept);
  const ids = [swept, await ledger.publish('a'), await ledger.publish('b')];
  const below = before(swept);
  for (const from of [cursor, below]) {
    const follower = follow('/sse?channel=a,b', { cursor: from });
    await settle([follower], ledger, { resets: 1 });
    assertResets(follower, { id: below, requested: from, oldest: ids[2], channels: ['b'] });
    assert.deepEqual(sequence(follower).slice(0, 4), [`stream-reset ${below}`, ...ids]);
  }
});

scenario('an unknown channel loses nothing while nothing was swept', async (ws) => {
  const { ledger, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  await ledger.publish('elsewhere');
  const followers = ['/sse/never', '/sse?channel=never/*'].map((target) =>
    follow(target, { cursor }),
  );
  for (const follower of followers) {
    await follower.opened();
    assert.deepEqual(resumed(follower), [true]);
  }
  await ledger.publish('never');
  await ledger.publish('never/1');
  await settle(followers, ledger);
});

scenario('a cursor from before Redis was emptied is told so, first', async (ws) => {
  const { ledger, follow, redis } = await startProxied(ws);
  const old = await ledger.fill('a', 5);
  await redis.command('FLUSHALL');
  const ids = [];
  for (const channel of 'abab') ids.push(await ledger.publish(channel));
  const { epoch } = await redis.hash('sse:clock');
  const follower = follow('/sse?channel=a,b', { cursor: old[1] });
  await settle([follower], ledger, { resets: 1 });
  assert.deepEqual(sequence(follower), [`stream-reset ${epoch}`, ...ids, `stream-open ${ids[3]}`]);
  const [{ requested, channels }] = follower.resets().map(({ data }) => JSON.parse(data));
  assert.deepEqual(
    { requested, channels: channels.sort() },
    { requested: old[1], channels: ['a', 'b'] },
  );
});

scenario('a cursor an hour ahead is told so, and gets what there is', async (ws) => {
  const { ledger, follow, redis } = await startProxied(ws);
  const ids = await ledger.fill('a', 5);
  const { epoch } = await redis.hash('sse:clock');
  const cursor = shifted(ids[4], 1);
  const follower = follow('/sse?channel=a,b', { cursor });
  await settle([follower], ledger, { resets: 1, ahead: true });
  assert.deepEqual(sequence(follower), [`stream-reset ${epoch}`, ...ids, `stream-open ${ids[4]}`]);
  assert.equal(JSON.parse(follower.resets()[0].data).requested, cursor);
  await ledger.publish('b');
  await settle([follower], ledger, { resets: 1, ahead: true });
});

scenario('a cursor an hour ahead on channels without events is told so, too', async (ws) => {
  const { ledger, follow, redis } = await startProxied(ws);
  const id = await ledger.publish('elsewhere');
  const { epoch } = await redis.hash('sse:clock');
  const follower = follow('/sse/a', { cursor: shifted(id, 1) });
  await follower.opened();
  assert.deepEqual(sequence(follower), [`stream-reset ${epoch}`, `stream-open ${id}`]);
  await ledger.publish('a');
  await settle([follower], ledger, { resets: 1, ahead: true });
});

for (const kept of [5, 0]) {
  scenario(
    `trimmed to ${kept} between two pages of a replay: said in the right place`,
    async (ws) => {
      const { ledger, proxy, follow, redis } = await startProxied(ws);
      const cursor = await ledger.publish('elsewhere');
      for (let i = 0; i < 4; i++) await ledger.fill('a', 500, 200);
      const ids = ledger.of('a').map(({ id }) => id);
      await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', 990);
      let pages = 0;
      proxy.reader.commands.holdFrom((command) => readsLog('a')(command) && ++pages === 2);
      const paged = follow('/sse/a', { cursor });
      await paged.until(() => paged.published().length > 0, 'events of the first page');
      await proxy.reader.commands.holds(readsLog('a'), 'the read of the second page');
      await redis.command('XTRIM', 'sse:log:a', 'MAXLEN', kept);
      proxy.reader.commands.release();
      await settle([paged], ledger, { resets: 2 });
      const [first, second] = paged.resets();
      assert.equal(first.id, ids.at(-991), 'what was gone before');
      assert.equal(second.id, ids[ids.length - kept - 1], 'what went meanwhile');
      const { oldest, channels } = JSON.parse(second.data);
      assert.deepEqual(
        { oldest, channels },
        { oldest: kept ? ids.at(-kept) : null, channels: ['a'] },
      );
    },
  );
}
