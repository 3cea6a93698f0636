// Delivery rules 1 and 2: what counts as confirmed, and how a stream starts without losing what happens meanwhile.
import assert from 'node:assert/strict';
import { startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { answers, answersScript, isScript, readsLog } from './lib/proxy.mjs';
import { compareIds } from './lib/sse.mjs';
import { scenario } from './lib/workspace.mjs';

const isCommand = (verb, channel) => (item) =>
  item.name === verb && item.args.includes(`sse:${channel}`);

/** Has had its first bytes, so the responder knows of it. */
function begun(follower) {
  return follower.until(() => follower.stream.raw().length > 0, 'the first bytes');
}

// --- rule 1: confirmed means confirmed by Redis on the present subscriber connection ---

for (const [target, verb] of [
  ['a', 'SUBSCRIBE'],
  ['a/*', 'PSUBSCRIBE'],
]) {
  scenario(
    `a stream that joins while an UNSUBSCRIBE of ${target} is on its way waits`,
    async (ws) => {
      const { ledger, proxy, follow } = await startProxied(ws);
      const channel = target.replace('*', 'b');
      const unsubscribes = isCommand(verb.replace('SUB', 'UNSUB'), target);
      const leaves = follow(`/sse?channel=${target}`);
      await leaves.opened();
      await ledger.publish(channel);
      proxy.subscriber.commands.hold();
      leaves.stop();
      await proxy.subscriber.commands.holds(unsubscribes);
      const joins = follow(`/sse?channel=${target}&last=0`);
      await begun(joins);
      proxy.subscriber.commands.passThrough(unsubscribes);
      await proxy.subscriber.commands.holds(isCommand(verb, target)); // so the first is answered
      const unheard = await ledger.publish(channel);
      assert.equal(joins.opens().length, 0, 'nobody would tell it what is published now');
      proxy.subscriber.commands.release();
      const { id } = await joins.opened();
      assert.ok(compareIds(id, unheard) >= 0, 'its horizon is read after the confirmation');
      await ledger.publish(channel);
      await settle([joins], ledger);
    },
  );
}

scenario('a stream that joins a followed channel waits when the connection is new', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const old = follow('/sse/a');
  await old.opened();
  proxy.subscriber.commands.hold(); // of the next connection too
  proxy.subscriber.cut();
  await proxy.subscriber.commands.holds(({ name }) => name === 'SUBSCRIBE');
  const joins = follow('/sse?channel=a&last=0');
  await begun(joins);
  const unheard = await ledger.publish('a');
  proxy.subscriber.commands.release();
  const { id } = await joins.opened();
  assert.ok(compareIds(id, unheard) >= 0, 'its horizon is read after the confirmation');
  await ledger.publish('a');
  await settle([old, joins], ledger);
});

// --- rule 2: subscribe, be confirmed, read the horizon, read the logs up to it, open, go live ---

scenario('the start script waits for the confirmation of every channel', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const other = follow('/sse?channel=b&last=0');
  await other.opened();
  proxy.subscriber.commands.hold();
  const follower = follow('/sse?channel=a,b&last=0');
  await proxy.subscriber.commands.holds(isCommand('SUBSCRIBE', 'a'));
  const unheard = await ledger.publish('a');
  await ledger.publish('b');
  await other.gets(ledger.newest('b'));
  assert.equal(follower.opens().length, 0);
  proxy.subscriber.commands.release();
  const { id } = await follower.opened();
  assert.ok(compareIds(id, unheard) >= 0);
  await ledger.publish('a');
  await settle([follower, other], ledger);
});

scenario('events published between the reads of two logs are not skipped', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  for (const channel of ['a', 'b', 'c', 'a', 'b', 'c']) await ledger.publish(channel);
  let first; // the log that is read first, whichever it is
  proxy.reader.commands.passThrough((item) => readsLog()(item) && (first = item.args[0]));
  const follower = follow('/sse?channel=a,b,c', { cursor });
  await proxy.reader.commands.holds(readsLog(), 'the read of a second log');
  const early = first.slice('sse:log:'.length);
  await ledger.publish(early);
  for (const channel of ['a', 'b', 'c'].filter((name) => name !== early))
    await ledger.publish(channel);
  proxy.reader.commands.release();
  await follower.opened();
  await settle([follower], ledger);
  assert.equal(follower.published().length, 9);
});

scenario('events published after the start script come after the stream-open', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  for (const channel of ['a', 'b/1', 'a', 'b/2']) await ledger.publish(channel);
  const horizon = ledger.newest();
  proxy.reader.commands.passThrough(isScript);
  const follower = follow('/sse?channel=a,b/*', { cursor });
  await proxy.reader.commands.holds(readsLog(), 'the read of a log');
  const late = [];
  for (const channel of ['b/1', 'a', 'b/3', 'a']) late.push(await ledger.publish(channel));
  await proxy.heard(late.at(-1));
  proxy.reader.commands.release();
  const { id } = await follower.opened();
  assert.equal(id, horizon, 'the horizon is the newest id when the script ran');
  await settle([follower], ledger);
  assert.equal(
    follower.events.findIndex(({ event }) => event === 'stream-open'),
    4,
  );
});

scenario('live events wait for the replay, whenever they come', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  for (const channel of ['a', 'b', 'a', 'b']) await ledger.publish(channel);
  const follower = follow('/sse?channel=a,b', { cursor });
  proxy.reader.answers.hold();
  const steps = [answersScript, answers(readsLog()), answers(readsLog())];
  for (const step of steps) {
    await proxy.reader.answers.holds(step);
    for (const channel of ['a', 'b']) await proxy.heard(await ledger.publish(channel));
    proxy.reader.answers.passThrough(step);
  }
  proxy.reader.answers.release();
  await settle([follower], ledger);
  assert.equal(follower.published().length, 10);
});

scenario('an event that is heard live and read from the log comes once', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('a');
  proxy.reader.commands.hold();
  const follower = follow('/sse/a', { cursor });
  await proxy.reader.commands.holds(isScript);
  for (let i = 0; i < 5; i++) await ledger.publish('a'); // below the horizon, and heard live
  await proxy.heard(ledger.newest('a'));
  proxy.reader.commands.release();
  await follower.opened();
  await ledger.publish('a');
  await settle([follower], ledger);
  assert.equal(follower.published().length, 6);
});

scenario('a start without a cursor shows the state, and loses nothing after it', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  for (const channel of ['a', 'b', 'a', 'b']) await ledger.publish(channel);
  proxy.reader.commands.passThrough(isScript);
  const follower = follow('/sse?channel=a,b');
  await proxy.reader.commands.holds(readsLog());
  for (const channel of ['a', 'b', 'a']) await ledger.publish(channel);
  await proxy.heard(ledger.newest());
  proxy.reader.commands.release();
  await settle([follower], ledger);
  const before = follower.events.slice(0, follower.events.indexOf(follower.opens()[0]));
  assert.deepEqual(
    before.map(({ id }) => id),
    [undefined, undefined],
    'one of each, without an id',
  );
});

scenario('a connection lost at every step of a start is a new start', async (ws) => {
  const { stack, ledger, proxy, follow } = await startProxied(ws);
  const cursor = await ledger.publish('elsewhere');
  for (const channel of ['a', 'b', 'a', 'b']) await ledger.publish(channel);
  const steps = [
    [proxy.subscriber.commands, isCommand('SUBSCRIBE', 'a')],
    [proxy.subscriber.answers, ({ value }) => value[0] === 'subscribe' && value[1] === 'sse:b'],
    [proxy.reader.commands, isScript],
    [proxy.reader.answers, answersScript],
    [proxy.reader.commands, readsLog('a')],
    [proxy.reader.answers, answers(readsLog('b'))],
  ];
  const gates = [proxy.subscriber, proxy.reader].flatMap((role) => [role.commands, role.answers]);
  for (const [gate, step] of steps) {
    gate.holdFrom(step);
    const follower = follow('/sse?channel=a,b', { cursor });
    await gate.holds(step);
    await ledger.publish('a');
    proxy.reader.cut();
    await ledger.publish('b');
    gates.forEach((one) => one.release());
    await ledger.publish('a');
    await settle([follower], ledger);
    follower.stop();
    await stack.follows([]);
  }
});
