// Several tabs: without the means to be joined, with a leader that hangs, with events that have no id.
import { expect, test } from 'vitest';
import { FakeBrowser } from './fakeBrowser';
import { follow } from './testClient';

test('where tabs cannot be joined each has a connection of its own', () => {
  const browser = new FakeBrowser();
  const clients = [browser.open(false), browser.open(false)].map((tab) => follow(tab));
  browser.settle();
  expect(browser.server.sources.size).toBe(2);
  browser.server.publish('a', '1');
  browser.settle();
  for (const client of clients) expect(client.data()).toEqual(['1']);
});

test('a leader that hangs is replaced, and follows when it wakes', () => {
  const browser = new FakeBrowser();
  const tabs = [browser.open(), browser.open()];
  const clients = tabs.map((tab) => follow(tab));
  browser.settle();
  const [leader] = tabs;
  if (leader) leader.isFrozen = true;
  for (let i = 0; i < 4; i++) {
    browser.pass(15_000);
    browser.settle();
  }
  browser.server.publish('a', '1');
  browser.settle();
  expect(clients[1]?.data()).toEqual(['1']);
  if (leader) leader.isFrozen = false;
  browser.settle();
  browser.server.publish('a', '2');
  browser.settle();
  for (const client of clients) expect(client.data()).toEqual(['1', '2']);
  expect(browser.server.sources.size).toBe(1);
});

test('a tab that leads again promises nothing before it has a connection', () => {
  const browser = new FakeBrowser();
  const [first, second] = [browser.open(), browser.open()];
  for (const tab of [first, second]) follow(tab);
  browser.settle();
  first.freeze();
  first.thaw();
  const third = browser.open();
  const { data } = follow(third);
  second.close();
  for (let i = 0; i < 2; i++) first.tasks.shift()?.(); // it leads
  first.hear(); // the farewell of the second
  while (third.tasks.length + third.inbox.length > 0) {
    third.hear();
    third.tasks.shift()?.();
  }
  while (first.inbox.length > 0) first.hear();
  for (const source of third.sources) while (source.sent.length > 0) source.arrive();
  browser.server.publish('a', '1');
  browser.settle();
  expect(data()).toEqual(['1']);
});

test('an event without an id reaches every tab', () => {
  const browser = new FakeBrowser();
  const clients = [browser.open(), browser.open()].map((tab) => follow(tab));
  browser.settle();
  const [source] = browser.server.sources;
  source?.say('message', '{"channel":"a","event":"message","data":"live only"}');
  browser.settle();
  for (const client of clients) expect(client.data()).toEqual(['live only']);
});

test('a heartbeat reaches every tab, and an event is none', () => {
  const browser = new FakeBrowser();
  const beats = [0, 0];
  for (const i of [0, 1]) follow(browser.open(), { onHeartbeat: () => (beats[i] = (beats[i] ?? 0) + 1) });
  browser.settle();
  beats.fill(0);
  browser.server.publish('a', '1');
  browser.settle();
  expect(beats).toEqual([0, 0]);
  for (const source of browser.server.sources) source.beat();
  browser.settle();
  expect(beats).toEqual([1, 1]);
});
