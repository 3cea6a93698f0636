// Delivery rule 9, and what becomes of streams whose channels have ended.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { resumed, startProxied } from './lib/proxied.mjs';
import { settle } from './lib/promise.mjs';
import { isScript } from './lib/proxy.mjs';
import { scenario } from './lib/workspace.mjs';

/** Ends a channel; returns the id of the `end`. */
async function end({ ledger, stack }, channel) {
  const { code, stdout, stderr } = await stack.run(['--end', channel]);
  assert.equal(code, 0, stderr);
  const id = stdout.trim();
  ledger.add(channel, [id]);
  return id;
}

scenario('end closes streams that follow nothing else, and 204 keeps them away', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, follow } = scene;
  const alone = follow('/sse/jobs/42');
  const both = follow('/sse?channel=jobs/42,b');
  const all = follow('/sse/jobs/*');
  for (const follower of [alone, both, all]) await follower.opened();
  await ledger.publish('jobs/42');
  const id = await end(scene, 'jobs/42');
  await alone.until(() => alone.state === 'gone', 'a 204');
  assert.equal(alone.streams.length, 2);
  assert.equal(alone.streams[0].clean, true);
  assert.equal(alone.events.at(-1).event, 'end');
  assert.equal(alone.events.at(-1).id, id);
  await settle([alone, both, all], ledger);

  await end(scene, 'b');
  await both.until(() => both.state === 'gone', 'a 204');
  await ledger.publish('jobs/43');
  await settle([both, all], ledger);
  assert.equal(all.streams.length, 1, 'a pattern never ends');
});

scenario('a client that was away gets what it missed, then the end, then 204', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, follow } = scene;
  const cursor = await ledger.publish('a');
  for (let i = 0; i < 5; i++) await ledger.publish('a');
  const last = await end(scene, 'a');
  const follower = follow('/sse/a', { cursor });
  await follower.until(() => follower.state === 'gone', 'a 204');
  await settle([follower], ledger);
  const after = follow('/sse/a', { cursor: last });
  await after.until(() => after.state === 'gone', 'a 204');
  assert.equal(after.streams.length, 1, 'at once');
});

scenario('204 is for all channels ended, without a pattern, and nothing unread', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, server } = scene;
  const before = await ledger.publish('a');
  await ledger.publish('open');
  await end(scene, 'a');
  const newest = await end(scene, 'b');
  const cases = [
    ['/sse/a', newest, 204],
    ['/sse?channel=a,b', newest, 204],
    ['/sse?channel=a,open', newest, 200],
    ['/sse?channel=a,never', newest, 200],
    ['/sse?channel=a,b/*', newest, 200],
    ['/sse/a', before, 200],
    [`/sse/a?last_event_id=${newest}`, undefined, 204],
  ];
  for (const [target, cursor, status] of cases) {
    const headers = cursor ? { 'Last-Event-ID': cursor } : {};
    const stream = server.open(target, { headers });
    await stream.waitFor(() => stream.status !== null, 'an answer');
    assert.equal(stream.status, status, `${target} after ${cursor}`);
    stream.abandon();
  }
});

scenario('publishing to an ended channel opens it again', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, follow } = scene;
  const cursor = await ledger.publish('a');
  const ended = await end(scene, 'a');
  const again = [await ledger.publish('a'), await ledger.publish('a')];
  const followers = [cursor, ended, again[0], again[1]].map((id) =>
    follow('/sse/a', { cursor: id }),
  );
  for (const follower of followers) await follower.opened();
  const live = await ledger.publish('a');
  for (const follower of followers) await follower.gets(live);
  await settle(followers, ledger);
  for (const follower of followers) {
    assert.equal(follower.state, 'following');
    assert.equal(follower.streams.length, 1, `after ${follower.start} it stays open`);
    assert.deepEqual(resumed(follower), [true]);
  }
});

scenario('ended and opened again while streams are open', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, follow } = scene;
  const all = follow('/sse?channel=jobs/*');
  const both = follow('/sse?channel=jobs/1,b');
  for (const follower of [all, both]) await follower.opened();
  for (let round = 0; round < 3; round++) {
    await ledger.publish('jobs/1');
    await end(scene, 'jobs/1');
  }
  await ledger.publish('jobs/1'); // open again, so that the end of b is not the end of all
  await end(scene, 'b');
  await ledger.publish('jobs/1');
  await settle([all, both], ledger);
  assert.equal(both.streams.length, 1);
});

scenario('the state of an ended channel is what was before the end', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, server } = scene;
  for (const data of ['1', '2', '3']) await ledger.publish('a', data);
  await end(scene, 'a');
  const stateOf = async (target) => {
    const stream = await server.stream(target);
    const events = stream.events.slice(0, stream.events.indexOf(stream.opens()[0]));
    stream.abandon();
    assert.ok(events.every(({ id }) => id === undefined));
    return events.map(({ event, data }) => (event === 'end' ? event : data));
  };
  // The end itself is not counted. It may be told while it is the newest, and nothing is behind it.
  const assertEnded = async (target, wanted) => {
    const state = await stateOf(target);
    assert.deepEqual(state.at(-1) === 'end' ? state.slice(0, -1) : state, wanted, target);
  };
  await assertEnded('/sse?channel=a,b', ['3']);
  await assertEnded('/sse?channel=a,b&last=2', ['2', '3']);
  await assertEnded('/sse?channel=a,b&last=5', ['1', '2', '3']);
  await end(scene, 'a');
  await end(scene, 'a');
  await assertEnded('/sse?channel=a,b', ['3']);
  await ledger.publish('a', '4');
  assert.deepEqual(await stateOf('/sse/a?last=2'), ['3', '4']);
});

scenario('Redis is not waited for long before a stream is opened after all', async (ws) => {
  const scene = await startProxied(ws);
  const { proxy, follow } = scene;
  const cursor = await end(scene, 'a');
  proxy.reader.commands.hold();
  const follower = follow('/sse/a', { cursor });
  await proxy.reader.commands.holds(isScript);
  await follower.until(() => follower.stream.status === 200, '200');
  proxy.reader.commands.release();
  await follower.until(() => follower.state === 'gone', 'a 204 the next time');
});

scenario('the end reaches streams that Redis was away for', async (ws) => {
  const scene = await startProxied(ws);
  const { ledger, proxy, follow } = scene;
  const followers = Array.from({ length: scaled(20, 5) }, () => follow('/sse/a'));
  for (const follower of followers) await follower.opened();
  proxy.shut();
  await ledger.publish('a');
  await end(scene, 'a');
  proxy.readmit();
  for (const follower of followers) await follower.until(() => follower.state === 'gone', 'a 204');
  await settle(followers, ledger);
});
