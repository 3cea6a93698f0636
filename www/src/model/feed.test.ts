// The reducer of the feed.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { publishedAt } from './eventId';
import { emptyFeed, FEED_MAX, reduceFeed } from './feed';

test('the feed is newest first, across batches', () => {
  const first = reduceFeed(emptyFeed, [event({ data: '1' }), event({ data: '2' })]);
  const feed = reduceFeed(first, [event({ data: '3' }), event({ data: '4' })]);
  expect(feed.entries.map(({ data }) => data)).toEqual(['4', '3', '2', '1']);
  expect(new Set(feed.entries.map(({ key }) => key)).size).toBe(4);
  expect(feed.entries[3]).toBe(first.entries[1]);
});

test('the time of an event is in its id, and its arrival where it has none', () => {
  const feed = reduceFeed(emptyFeed, [event({ id: '1795170075205-3' }), event({ id: null, arrived: 77 })]);
  expect(feed.entries).toMatchObject([
    { time: 77, timeIs: 'arrived' },
    { time: 1795170075205, timeIs: 'published' },
  ]);
});

test('an id that is none of ours carries no time', () => {
  for (const id of [null, '', 'abc', '1', '-1', '1-', '1795170075205-0x', '9'.repeat(16) + '-0']) {
    expect(publishedAt(id)).toBeNull();
  }
});

test('a stream-reset is an entry of its own', () => {
  expect(reduceFeed(emptyFeed, [notice('reset', 5)]).entries).toMatchObject([{ kind: 'notice', name: 'reset', time: 5 }]);
});

test('the feed is bounded, one by one and all at once', () => {
  const flood = Array.from({ length: 5_000 }, (_, i) => event({ data: String(i) }));
  let slowly = emptyFeed;
  for (const arrival of flood) slowly = reduceFeed(slowly, [arrival]);
  const atOnce = reduceFeed(emptyFeed, flood);
  expect(atOnce.entries).toHaveLength(FEED_MAX);
  expect(atOnce.entries[0]?.data).toBe('4999');
  expect(atOnce.count).toBe(5_000);
  expect(slowly).toEqual(atOnce);
});

test('long data is cut before it is kept', () => {
  const feed = reduceFeed(emptyFeed, [event({ data: 'x'.repeat(200_000), channel: 'c'.repeat(300) })]);
  expect(feed.entries[0]?.data).toHaveLength(2_001);
});
