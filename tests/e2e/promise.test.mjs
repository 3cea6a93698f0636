// The measure and the proxy themselves: a checker that sees no faults proves nothing.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.mjs';
import { breaches, settle } from './lib/promise.mjs';
import { startProxied } from './lib/proxied.mjs';
import { answersScript, isScript } from './lib/proxy.mjs';
import { scenario } from './lib/workspace.mjs';

const PUBLISHED = [1, 2, 3, 4, 5, 6].map((n) => ({
  id: `${n}-0`,
  channel: n % 2 ? 'odd' : 'even',
}));

const event = (n) => ({ event: 'message', id: `${n}-0`, data: '' });
const events = (...numbers) => numbers.map(event);
const open = (n) => ({ event: 'stream-open', id: `${n}-0`, data: '{}' });
const state = { event: 'message', data: '' };
const reset = (n, ...channels) => ({
  event: 'stream-reset',
  id: `${n}-0`,
  data: JSON.stringify({ channels }),
});

scenario('the measure accepts what the promise allows', async () => {
  const cases = [
    [[open(0), ...events(1, 2, 3, 4, 5, 6)], {}],
    [[state, open(3), ...events(4, 5, 6)], {}],
    [[...events(3, 4), open(4), ...events(5, 6)], { after: '2-0' }],
    [[open(2), ...events(3, 4), open(4), ...events(5), open(5), state, ...events(6)], {}],
    [[open(1), ...events(2, 3)], { partial: true }],
    [[reset(3, 'odd', 'even'), ...events(4, 5), open(5), event(6)], { after: '1-0', resets: 1 }],
    [[event(2), reset(3, 'o*'), ...events(4, 5, 6), open(6)], { after: '0-0', resets: 1 }],
    [
      [reset(2, '*'), reset(3, 'odd'), ...events(4, 5, 6), open(6)],
      { after: '1-0', resets: 'true' },
    ],
    [[reset(1, '*'), ...events(2, 3, 4, 5, 6), open(6)], { after: '9-0', resets: 1, ahead: true }],
  ];
  for (const [got, options] of cases)
    assert.deepEqual(breaches(got, PUBLISHED, options), [], JSON.stringify(got));
});

scenario('the measure sees what the promise forbids', async () => {
  const cases = {
    'a hole': [[open(0), ...events(1, 2, 4, 5, 6)], {}],
    'a repetition': [[open(0), ...events(1, 2, 2, 3, 4, 5, 6)], {}],
    'a swap': [[open(0), ...events(1, 3, 2, 4, 5, 6)], {}],
    'an end too early': [[open(0), ...events(1, 2, 3)], {}],
    'a foreign event': [[open(0), ...events(1, 2, 3, 4, 5, 6, 7)], {}],
    'an event before the start': [[event(1), open(1), ...events(2, 3, 4, 5, 6)], {}],
    'a horizon past what came': [[event(2), open(3), ...events(4, 5, 6)], { after: '1-0' }],
    'a horizon that falls back': [[open(4), open(3), ...events(5, 6)], {}],
    'an event at the cursor': [[...events(2, 3, 4, 5, 6), open(6)], { after: '2-0' }],
    'repeated after a reconnect': [[open(2), event(3), open(3), ...events(3, 4, 5, 6)], {}],
    'a false alarm': [[reset(2, '*'), ...events(3, 4, 5, 6), open(6)], { after: '2-0' }],
    'no alarm': [[...events(5, 6), open(6)], { after: '2-0' }],
    'an alarm expected in vain': [[...events(5, 6), open(6)], { after: '4-0', resets: 1 }],
    'an alarm for another channel': [
      [reset(4, 'odd'), ...events(5, 6), open(6)],
      { after: '2-0', resets: 1 },
    ],
    'an alarm that reaches too short': [
      [reset(3, '*'), ...events(5, 6), open(6)],
      { after: '1-0', resets: 1 },
    ],
    'more after the alarm than was kept': [
      [reset(4, '*'), ...events(4, 5, 6), open(6)],
      { after: '1-0', resets: 1 },
    ],
    'an alarm that goes back': [
      [reset(1, '*'), ...events(2, 3, 4, 5, 6), open(6)],
      { after: '4-0', resets: 1 },
    ],
    'an alarm too late': [
      [...events(4, 5), reset(5, 'odd'), event(6), open(6)],
      { after: '2-0', resets: 1 },
    ],
    'no alarm behind others': [[...events(4), open(4), ...events(5, 6)], { after: '2-0' }],
    'one alarm of two that is false': [
      [reset(2, '*'), reset(3, 'even'), ...events(3, 4, 5, 6), open(6)],
      { after: '1-0', resets: 'true' },
    ],
    'no stream-open': [[state], {}],
  };
  for (const [what, [got, options]] of Object.entries(cases))
    assert.notDeepEqual(breaches(got, PUBLISHED, options), [], what);
});

scenario('through the proxy all is as without it', async (ws) => {
  const { ledger, proxy, follow } = await startProxied(ws);
  const followers = ['/sse/a', '/sse?channel=a,b/*', '/sse/*'].map((target) => follow(target));
  for (const follower of followers) await follower.opened();
  const ids = await ledger.fill('a', 100, 3000);
  await ledger.publish('b/c');
  await settle(followers, ledger);
  assert.equal(followers[0].published().length, 100);
  assert.equal(proxy.count('SUBSCRIBE', 'sse:a'), 1);
  assert.equal(proxy.count('PSUBSCRIBE'), 2);
  await proxy.heard(ids.at(-1));
});

scenario('the proxy holds, lets through up to an answer, and releases', async (ws) => {
  const { stack, ledger, proxy, follow } = await startProxied(ws);
  await stack.redis.linked();
  proxy.reader.commands.hold();
  const follower = follow('/sse?channel=a&last=0');
  await proxy.reader.commands.holds(isScript, 'the start script');
  assert.equal(follower.opens().length, 0);
  proxy.reader.answers.hold();
  proxy.reader.commands.release();
  await proxy.reader.answers.holds(answersScript, 'its answer');
  assert.equal(follower.opens().length, 0);
  proxy.reader.answers.release();
  await follower.opened();

  proxy.subscriber.answers.hold();
  const id = await ledger.publish('a');
  await proxy.heard(id);
  await proxy.subscriber.answers.holds();
  assert.deepEqual(follower.ids(), []);
  proxy.subscriber.answers.release();
  await follower.gets(id);
  await settle([follower], ledger);
});

scenario('the proxy loses the message that it shall lose', async (ws) => {
  const { stack, ledger, proxy, follow } = await startProxied(ws);
  const follower = follow('/sse/a');
  await follower.opened();
  proxy.drop((channel, text) => text.includes('lost'));
  await stack.plain('a', 'lost');
  await stack.plain('a', 'kept');
  await follower.until(() => follower.published().length > 0, 'the second one');
  assert.deepEqual(
    follower.published().map(({ data }) => data),
    ['kept'],
  );
  assert.deepEqual(proxy.dropped, [['sse:a', 'lost']]);
  assert.equal(ledger.of().length, 0);
});

scenario('the proxy cuts one connection, refuses, and lets in again', async (ws) => {
  const { proxy, follow } = await startProxied(ws);
  const follower = follow('/sse/a');
  await follower.opened();
  for (const role of [proxy.reader, proxy.subscriber]) {
    const before = follower.opens().length;
    const link = role.link;
    role.cut();
    await follower.opened(before + 1);
    assert.notEqual(role.link, link);
  }
  proxy.shut();
  await eventually(() => proxy.refused >= 2, 'it is tried, and refused');
  const before = follower.opens().length;
  proxy.readmit();
  await follower.opened(before + 1);
  assert.equal(follower.streams.length, 1, 'all of it on one stream');
});

scenario('a follower that is cut comes back with its cursor', async (ws) => {
  const { ledger, follow } = await startProxied(ws);
  const follower = follow('/sse/a');
  const { id } = await follower.opened();
  assert.equal(follower.cursor, id);
  const published = await ledger.publish('a');
  await follower.gets(published);
  follower.cut();
  await follower.opened(2);
  assert.equal(follower.streams.length, 2);
  assert.equal(follower.cursor, published);
});
