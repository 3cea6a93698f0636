// The states of a connection and the ways between them, in one tab, with everything driven by hand.
import { expect, test } from 'vitest';
import { FakeBrowser } from './fakeBrowser';
import type { FakeSource } from './fakeServer';
import type { StatusOptions } from './sse-status';
import { follow } from './testClient';

function one(options: Partial<StatusOptions> = {}, isSecure = true) {
  const browser = new FakeBrowser();
  browser.random = () => 0.5;
  const tab = browser.open(isSecure);
  const client = follow(tab, options);
  const source = () => [...browser.server.sources][0] as FakeSource;
  return { browser, tab, source, server: browser.server, ...client };
}

test('it is connecting until stream-open, then live; the state comes first', () => {
  const { browser, server, status, events, states } = one({ last: 2 });
  for (const data of ['1', '2', '3']) server.publish('a', data);
  expect(status.connection).toEqual({ state: 'connecting', lastLive: null });
  browser.settle();
  expect(states).toEqual([{ state: 'live', since: 1_000_000 }]);
  server.publish('a', '4', 'news');
  server.publish('b', 'for others');
  browser.settle();
  expect(events.map(({ data, live }) => [data, live])).toEqual([['2', false], ['3', false], ['4', true]]);
  expect(events[2]).toEqual({ channel: 'a', id: '104-0', event: 'news', data: '4', live: true });
});

test('the responder is beside the script, and is asked for what is needed', () => {
  const { browser, server } = one({ channels: ['b/*', 'b/1', 'a'], last: 3 });
  browser.settle();
  expect(server.asked).toEqual(['http://x/sse?channel=a,b/*&wrap=1&heartbeat=1&last=3']);
});

test('what the browser retries by itself is retrying without a time, and nothing is lost', () => {
  const { browser, source, server, states, data } = one();
  browser.settle();
  source().breakOff();
  server.publish('a', 'missed');
  browser.settle();
  expect(states.map(({ state }) => state)).toEqual(['live', 'retrying', 'connecting', 'live']);
  expect(states[1]).toEqual({ state: 'retrying', retryAt: null, lastLive: 1_000_000 });
  expect(data()).toEqual(['missed']);
  expect(server.asked).toHaveLength(1);
});

test('what the browser gave up is opened anew after a pause, with the cursor', async () => {
  const { browser, source, server, states, status } = one();
  browser.settle();
  source().giveUp();
  await Promise.resolve();
  expect(status.connection).toEqual({ state: 'retrying', retryAt: 1_000_500, lastLive: 1_000_000 });
  browser.pass(499);
  expect(server.asked).toHaveLength(1);
  browser.pass(1);
  expect(server.asked[1]).toMatch(/&last_event_id=100-0$/);
  browser.settle();
  expect(states.map(({ state }) => state)).toEqual(['live', 'retrying', 'connecting', 'live']);
});

test('resume cuts a pause short', async () => {
  const { browser, source, server, status } = one();
  browser.settle();
  source().giveUp();
  await Promise.resolve();
  status.resume();
  expect(server.asked).toHaveLength(2);
});

test('close stops it, and resume goes on from the last event', () => {
  const { browser, server, status, data, states } = one();
  browser.settle();
  status.close();
  expect(status.connection).toEqual({ state: 'stopped', reason: 'user', lastLive: 1_000_000 });
  expect(server.sources.size).toBe(0);
  for (const text of ['1', '2']) server.publish('a', text);
  status.resume();
  browser.settle();
  expect(data()).toEqual(['1', '2']);
  expect(states.map(({ state }) => state)).toEqual(['live', 'stopped', 'connecting', 'live']);
});

test('204 is the end, until resume', async () => {
  const { browser, server, source, status, data } = one();
  browser.settle();
  server.publish('a', '{}', 'end');
  browser.settle();
  source().breakOff();
  browser.settle();
  await Promise.resolve();
  await Promise.resolve();
  expect(status.connection).toMatchObject({ state: 'stopped', reason: 'ended' });
  expect(server.sources.size).toBe(0);
  server.publish('a', 'again');
  status.resume();
  browser.settle();
  expect(data()).toEqual(['{}', 'again']);
});

test('a connection without a sign for 2.5 heartbeats is made anew', () => {
  const { browser, server, source, status } = one();
  server.heartbeat = 2;
  browser.settle();
  browser.pass(4_000);
  source().beat();
  browser.settle();
  browser.pass(4_999);
  expect(status.connection.state).toBe('live');
  browser.pass(1);
  expect(status.connection.state).toBe('retrying');
  browser.pass(500);
  browser.settle();
  expect(status.connection.state).toBe('live');
});

test('a server that gives no visible signs is not taken for dead', () => {
  const browser = new FakeBrowser();
  browser.server.heartbeat = 0;
  const { status } = follow(browser.open(false));
  browser.settle();
  browser.pass(10_000_000);
  browser.settle();
  expect(status.connection.state).toBe('live');
  expect(browser.server.asked).toHaveLength(1);
});

test('a reset is told, and the cursor follows it back', () => {
  const { browser, source, resets, data, server } = one();
  browser.settle();
  source().say('stream-reset', '{"requested":"100-0","oldest":null,"channels":["a"]}', '7-0');
  source().say('message', '{"channel":"a","id":"8-0","event":"message","data":"anew"}', '8-0');
  browser.settle();
  expect(resets).toEqual([{ requested: '100-0', oldest: null, channels: ['a'] }]);
  expect(data()).toEqual(['anew']);
  source().giveUp();
  browser.pass(500);
  expect(server.asked[1]).toMatch(/last_event_id=8-0$/);
});

test('a reload goes on from the cursor that was kept; without keep it starts anew', () => {
  const { browser, tab, server } = one();
  browser.settle();
  server.publish('a', '1');
  browser.settle();
  const kept = [...tab.stored];
  expect(kept).toEqual([['sse-status:http://x/sse a', '101-0']]);
  tab.close();
  server.publish('a', '2');
  server.publish('a', '3');
  const reloaded = browser.open();
  for (const [key, value] of kept) reloaded.stored.set(key, value);
  const [on, anew] = [follow(reloaded), follow(reloaded, { keep: false })];
  browser.settle();
  expect(on.data()).toEqual(['2', '3']);
  expect(anew.data()).toEqual(['3']);
});
