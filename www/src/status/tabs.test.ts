// Several tabs: without the means to be joined, with a leader that hangs, with events that have no id.
import { expect, test } from 'vitest';
import { FakeBrowser, type FakeTab } from './fakeBrowser';
import { follow } from './testClient';

/** Lets the tab hear and do all that it can without its connections. */
function work(tab: FakeTab) {
  while (tab.tasks.length + tab.inbox.length > 0) {
    tab.hear();
    tab.tasks.shift()?.();
  }
}

function receive(tab: FakeTab) {
  for (const source of tab.sources) while (source.sent.length > 0) source.arrive();
}

test('where tabs cannot be joined each has a connection of its own', () => {
  const browser = new FakeBrowser();
  const clients = [browser.open(false), browser.open(false)].map((tab) => follow(tab));
  browser.settle();
  expect(browser.server.sources.size).toBe(2);
  browser.server.publish('a', '1');
  browser.settle();
  for (const client of clients) expect(client.data()).toEqual(['1']);
});

test('more channels than one stream may ask for become one pattern, and each tab still gets only its own', () => {
  const browser = new FakeBrowser();
  const names = (of: string, count: number) => Array.from({ length: count }, (_, i) => `${of}/${String(i)}`);
  const some = follow(browser.open(), { channels: names('a', 60) });
  browser.settle();
  const others = follow(browser.open(), { channels: names('b', 40) });
  browser.settle();
  const followed = () => [...browser.server.sources].map(({ channels }) => channels);
  expect(followed()).toEqual([[...names('a', 60), ...names('b', 40)].sort()]);
  const one = follow(browser.open(), { channels: 'c' });
  browser.settle();
  expect(followed()).toEqual([['*']]);
  for (const channel of ['a/59', 'b/39', 'c', 'd']) browser.server.publish(channel, channel);
  browser.settle();
  expect([some, others, one].map(({ data }) => data())).toEqual([['a/59'], ['b/39'], ['c']]);
  expect(followed()).toEqual([['*']]);
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
  work(third);
  while (first.inbox.length > 0) first.hear();
  receive(third);
  browser.server.publish('a', '1');
  browser.settle();
  expect(data()).toEqual(['1']);
});

for (const step of [0.01, -0.01]) {
  test(`leaders that follow within a millisecond are told apart, with random numbers ${String(step)} apart`, () => {
    const browser = new FakeBrowser();
    let last = 0.5;
    browser.random = () => (last += step);
    const [first, second, third] = [browser.open(), browser.open(), browser.open()];
    follow(first);
    browser.settle();
    follow(third);
    const { data } = follow(second);
    for (const tab of [second, first, second]) work(tab);
    receive(second);
    first.crash((said) => said); // the third has heard nothing of it, and is the next
    work(third);
    const [source] = third.sources;
    for (let i = 0; i < 3; i++) source?.arrive(); // up to the heartbeat
    for (const tab of [second, third, second]) work(tab);
    receive(second);
    source?.breakOff();
    browser.server.publish('a', '1');
    browser.settle();
    expect(data()).toEqual(['1']);
  });
}

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
