// How far a client is: over reloads, without room to keep it, and where it leaves between two events.
import { expect, test } from 'vitest';
import { FakeBrowser, type FakeTab } from './fakeBrowser';
import { follow } from './testClient';

/** The page again, with what the tab had kept. */
function reload(browser: FakeBrowser, tab: FakeTab) {
  const again = browser.open();
  for (const [key, value] of tab.stored) again.stored.set(key, value);
  return again;
}

test('what a reload was told that it missed, the next one is not told again', () => {
  const browser = new FakeBrowser();
  const tab = browser.open();
  follow(tab);
  browser.settle();
  browser.server.publish('a', '1');
  browser.settle();
  tab.close();
  browser.server.publish('a', '2');
  const second = reload(browser, tab);
  const told = follow(second);
  browser.settle();
  expect(told.data()).toEqual(['2']);
  second.close();
  const third = follow(reload(browser, second));
  browser.settle();
  expect(third.data()).toEqual([]);
});

test('a storage that is full is no end of the connection', () => {
  const browser = new FakeBrowser();
  const tab = browser.open();
  tab.stored.set = () => {
    throw new Error('QuotaExceededError');
  };
  const { data, states } = follow(tab);
  browser.settle();
  browser.server.publish('a', '1');
  browser.settle();
  const [source] = browser.server.sources;
  source?.breakOff();
  browser.server.publish('a', '2');
  // The events and the end of the replay at once, as one packet brings them.
  for (let i = 0; i < 5; i++) source?.arrive();
  browser.settle();
  expect(data()).toEqual(['1', '2']);
  expect(states.map(({ state }) => state)).toEqual(['live', 'retrying', 'connecting', 'live']);
});

test('who leaves on an event that waited for its start goes on behind that one', () => {
  const browser = new FakeBrowser();
  const tab = browser.open();
  follow(tab, { channels: '*' });
  browser.settle();
  const got: string[] = [];
  const { status } = follow(tab, {
    onEvent({ data }) {
      got.push(data);
      if (data === '1') status.close();
    },
  });
  tab.tasks.shift()?.();
  const [shared, own] = browser.server.sources;
  own?.arrive(); // it has its horizon, and has not heard of it
  for (const data of ['1', '2']) browser.server.publish('a', data);
  for (let i = 0; i < 2; i++) shared?.arrive();
  tab.tasks.shift()?.();
  browser.settle();
  expect(got).toEqual(['1']);
  status.resume();
  browser.settle();
  expect(got).toEqual(['1', '2']);
});

test('what the leader tells between the horizon of a start that is made again and its response is not lost', () => {
  const browser = new FakeBrowser();
  const tab = browser.open();
  follow(tab, { channels: '*' });
  browser.settle();
  const { data } = follow(tab);
  tab.tasks.shift()?.();
  const [shared, own] = browser.server.sources;
  own?.breakOff();
  own?.arrive(); // it has its horizon, and the browser has not heard of it
  browser.server.publish('a', '1');
  shared?.arrive();
  tab.tasks.shift()?.();
  browser.settle();
  expect(data()).toEqual(['1']);
});

test('who leaves as the connection is made anew for another channel has none left', () => {
  const browser = new FakeBrowser();
  const tab = browser.open();
  const all: { close(): void }[] = [];
  const onEvent = () => {
    for (const status of all) status.close();
  };
  all.push(follow(tab, { onEvent }).status);
  browser.settle();
  all.push(follow(tab, { channels: 'b' }).status);
  const [source] = browser.server.sources;
  browser.server.publish('a', '1');
  source?.arrive();
  browser.settle();
  expect(browser.server.sources.size).toBe(0);
});
