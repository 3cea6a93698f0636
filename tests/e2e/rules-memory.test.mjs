// Delivery rule 7: recent events from memory, only while the memory can be trusted.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { resumed, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { isScript } from './lib/proxy.mjs';
import { scenario } from './lib/workspace.mjs';

/** A channel that somebody follows, with `count` events that came live since. */
async function remembered(ws, count, channels = ['a']) {
  const scene = await startProxied(ws);
  const keeper = scene.follow(`/sse?channel=${channels.join()}`);
  const { id } = await keeper.opened();
  for (const channel of channels) await scene.ledger.fill(channel, count);
  await settle([keeper], scene.ledger);
  scene.proxy.recount();
  return { ...scene, keeper, before: id };
}

scenario('a storm of reconnects near the newest event costs Redis next to nothing', async (ws) => {
  const { ledger, proxy, follow, keeper, before } = await remembered(ws, 20, ['a', 'b']);
  const ids = ledger.of().map((one) => one.id);
  const storm = Array.from({ length: scaled(200, 60) }, (_, i) =>
    follow('/sse?channel=a,b', { cursor: i % 3 ? ids[ids.length - 1 - (i % 20)] : before }),
  );
  for (const one of storm) await one.opened();
  for (const channel of ['a', 'b']) {
    const reads = proxy.reads(channel);
    assert.ok(reads <= 2, `${reads} reads of ${channel} for ${storm.length} clients`);
  }
  assert.equal(proxy.log.filter(isScript).length, 0, 'starts need no script');
  for (const one of storm) assert.deepEqual(resumed(one), [true]);
  for (const channel of ['a', 'b', 'a']) await ledger.publish(channel);
  await settle([keeper, ...storm], ledger);
});

scenario('a storm of first visits, which want the state, costs next to nothing', async (ws) => {
  const { ledger, proxy, follow, keeper } = await remembered(ws, 20);
  const storm = Array.from({ length: scaled(200, 60) }, () => follow('/sse/a'));
  for (const one of storm) await one.opened();
  assert.ok(proxy.reads('a') <= 2, `${proxy.reads('a')} reads for ${storm.length} clients`);
  await ledger.publish('a');
  await settle([keeper, ...storm], ledger);
});

scenario('a storm of clients that were all away for long shares its reads', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  await ledger.fill('a', 50);
  proxy.recount();
  proxy.reader.commands.hold(); // so that they all come before the first is answered
  const storm = Array.from({ length: scaled(100, 40) }, () => follow('/sse/a', { cursor }));
  await proxy.reader.commands.holds();
  for (const one of storm) await one.until(() => one.stream.raw().length > 0, 'the first bytes');
  proxy.reader.commands.release();
  for (const one of storm) await one.opened();
  assert.ok(proxy.reads('a') <= 4, `${proxy.reads('a')} reads for ${storm.length} clients`);
  await ledger.publish('a');
  await settle(storm, ledger);
});

scenario('what is older than the memory is read from the log', async (ws) => {
  const { ledger, follow, keeper } = await startRemembering(ws);
  const ids = ledger.of('a').map(({ id }) => id);
  for (const at of [0, 1, 5, 700, 790]) {
    const follower = follow('/sse/a', { cursor: ids[at] });
    await settle([follower], ledger);
    assert.equal(follower.published().length, ids.length - at - 1);
    assert.deepEqual(resumed(follower), [true]);
  }
  await ledger.publish('a');
  await settle([keeper], ledger);
});

/** More events live than any memory should hold, after some that came before anybody followed. */
async function startRemembering(ws) {
  const scene = await startProxied(ws);
  await scene.ledger.fill('a', 100);
  const keeper = scene.follow('/sse/a');
  await keeper.opened();
  for (let i = 0; i < 7; i++) await scene.ledger.fill('a', 100);
  await settle([keeper], scene.ledger);
  return { ...scene, keeper };
}

scenario(
  'memory goes with the subscription: what is published meanwhile is not missed',
  async (ws) => {
    const { stack, ledger, follow, keeper } = await remembered(ws, 5);
    const cursor = keeper.cursor;
    for (let round = 0; round < 3; round++) {
      keeper.pause();
      await stack.follows([]);
      await ledger.publish('a');
      keeper.resume();
      const late = follow('/sse/a', { cursor });
      await settle([keeper, late], ledger);
      late.stop();
    }
  },
);

scenario('memory goes while the UNSUBSCRIBE is on its way', async (ws) => {
  const { ledger, proxy, follow, keeper } = await remembered(ws, 5);
  const cursor = keeper.cursor;
  proxy.subscriber.commands.hold();
  keeper.stop();
  await proxy.subscriber.commands.holds(({ name }) => name === 'UNSUBSCRIBE');
  const late = follow('/sse/a', { cursor });
  await late.until(() => late.stream.raw().length > 0, 'the first bytes');
  proxy.subscriber.commands.passThrough(({ name }) => name === 'UNSUBSCRIBE');
  await proxy.subscriber.commands.holds(({ name }) => name === 'SUBSCRIBE');
  await ledger.publish('a'); // unheard
  proxy.subscriber.commands.release();
  await settle([late], ledger);
});

scenario(
  'memory goes with the connection: what is published meanwhile is not missed',
  async (ws) => {
    const { ledger, proxy, follow, keeper } = await remembered(ws, 5);
    const cursor = keeper.cursor;
    for (const name of ['reader', 'subscriber']) {
      proxy.accepts = false;
      proxy[name].cut();
      await ledger.publish('a');
      const late = follow('/sse/a', { cursor });
      await late.until(() => late.stream.raw().length > 0, 'the first bytes');
      assert.equal(late.opens().length, 0, 'without Redis nobody is live');
      await ledger.publish('a');
      proxy.readmit();
      await settle([keeper, late], ledger);
      late.stop();
    }
  },
);

scenario('the horizon of a start from memory is the newest event that came live', async (ws) => {
  const { ledger, proxy, follow, keeper, before } = await remembered(ws, 5);
  const heard = ledger.of('a').map(({ id }) => id);
  proxy.subscriber.answers.hold();
  const unheard = [await ledger.publish('a'), await ledger.publish('a')];
  await proxy.heard(unheard[1]);
  const late = [before, heard[1], heard[4]].map((cursor) => follow('/sse/a', { cursor }));
  for (const one of late) await one.opened();
  assert.deepEqual(
    late.map((one) => one.opens()[0].id),
    [heard[4], heard[4], heard[4]],
  );
  // One that memory cannot answer: by it the responder learns of the newest id, which it did not hear yet.
  const asks = follow('/sse/a', { cursor: unheard[0] });
  await asks.opened();
  const last = [before, heard[4]].map((cursor) => follow('/sse/a', { cursor }));
  for (const one of last) await one.until(() => one.stream.raw().length > 0, 'the first bytes');
  proxy.subscriber.answers.release();
  await ledger.publish('a');
  await settle([keeper, asks, ...late, ...last], ledger);
});

scenario('a start from memory needs every channel of it covered', async (ws) => {
  const { ledger, follow, keeper, before } = await remembered(ws, 5);
  await ledger.fill('b', 3); // nobody follows it
  const newest = keeper.cursor;
  await ledger.fill('c/1', 3);
  const late = ['/sse?channel=a,b', '/sse?channel=b,a', '/sse?channel=a,c/*', '/sse/*'].flatMap(
    (target) => [before, newest].map((cursor) => follow(target, { cursor })),
  );
  await settle(late, ledger);
  for (const channel of ['a', 'b', 'c/1']) await ledger.publish(channel);
  await settle([keeper, ...late], ledger);
});

scenario('a cursor ahead is not judged from memory', async (ws) => {
  const { ledger, follow, proxy, keeper } = await remembered(ws, 5);
  // Really ahead: told.
  const ahead = follow('/sse/a', {
    cursor: `${Number(keeper.cursor.split('-')[0]) + 3_600_000}-0`,
  });
  await settle([ahead], ledger, { resets: 1, ahead: true });

  // Ahead only of what came live so far: not told, and nothing is lost.
  proxy.subscriber.answers.hold();
  const unheard = await ledger.publish('a');
  await proxy.heard(unheard);
  const elsewhere = await ledger.publish('b');
  const knows = [unheard, elsewhere].map((cursor) => follow('/sse/a', { cursor }));
  for (const one of knows) await one.until(() => one.stream.raw().length > 0, 'the first bytes');
  proxy.subscriber.answers.release();
  for (const one of knows) await one.opened();
  await ledger.publish('a');
  await settle([keeper, ...knows], ledger);
  for (const one of knows) assert.deepEqual(resumed(one), [true]);
});

scenario('Redis emptied while memory holds: clients that come back are told', async (ws) => {
  const { ledger, follow, redis, keeper, before } = await remembered(ws, 5);
  await redis.command('FLUSHALL');
  await ledger.publish('a');
  await keeper.until(() => keeper.resets().length > 0, 'a stream-reset');
  const late = follow('/sse/a', { cursor: before });
  await settle([keeper, late], ledger, { resets: 1 });
});
