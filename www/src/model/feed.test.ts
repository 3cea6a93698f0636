// The reducer of the feed, and what is looked for in it.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { publishedAt } from './eventId';
import { DATA_MAX, emptyFeed, FEED_MAX, FEED_SIZE_MAX, reduceFeed } from './feed';
import { filterFeed, isFilter, noFilter } from './feedFilter';

test('the feed is newest first, across batches', () => {
  const first = reduceFeed(emptyFeed, [event({ data: '1' }), event({ data: '2' })]);
  const feed = reduceFeed(first, [event({ data: '3' }), event({ data: '4' })]);
  expect(feed.entries.map(({ data }) => data)).toEqual(['4', '3', '2', '1']);
  expect(feed.entries.map(({ key }) => key)).toEqual([4, 3, 2, 1]);
  expect(feed.entries[3]).toBe(first.entries[1]);
});

test('the time of an event is in its id, and its arrival where it has none', () => {
  const feed = reduceFeed(emptyFeed, [event({ id: '1795170075205-3' }), event({ id: null, arrived: 77 })]);
  expect(feed.entries).toMatchObject([
    { time: 77, timeIs: 'arrived', id: null },
    { time: 1795170075205, timeIs: 'published', id: '1795170075205-3' },
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

test('the last event is the last live one: a replay is no sign of life', () => {
  const feed = reduceFeed(emptyFeed, [event({ arrived: 5 }), event({ arrived: 6, live: false }), notice('lost', 7)]);
  expect(feed.lastEvent).toBe(5);
  expect(reduceFeed(feed, [notice('open', 8)]).lastEvent).toBe(5);
});

test('the feed is bounded, one by one and all at once', () => {
  const flood = Array.from({ length: FEED_MAX + 1_000 }, (_, i) => event({ data: String(i) }));
  let slowly = emptyFeed;
  for (const arrival of flood) slowly = reduceFeed(slowly, [arrival]);
  const atOnce = reduceFeed(emptyFeed, flood);
  expect(atOnce.entries).toHaveLength(FEED_MAX);
  expect(atOnce.entries[0]?.data).toBe(String(FEED_MAX + 999));
  expect(atOnce.count).toBe(FEED_MAX + 1_000);
  expect(slowly).toEqual(atOnce);
});

test('the data of all entries together is bounded, and the newest is kept', () => {
  const large = Array.from({ length: 300 }, (_, i) => event({ data: `${String(i)} `.padEnd(30_000, 'x') }));
  let slowly = emptyFeed;
  for (const arrival of large) slowly = reduceFeed(slowly, [arrival]);
  expect(slowly).toEqual(reduceFeed(emptyFeed, large));
  expect(slowly.entries).toHaveLength(Math.floor(FEED_SIZE_MAX / 30_000));
  expect(slowly.entries[0]?.data).toMatch(/^299 /);
  expect(slowly.size).toBe(slowly.entries.reduce((sum, { data }) => sum + data.length, 0));
});

test('long data is cut before it is kept', () => {
  const feed = reduceFeed(emptyFeed, [event({ data: 'x'.repeat(200_000), channel: 'c'.repeat(300) })]);
  expect(feed.entries[0]?.data).toHaveLength(DATA_MAX + 1);
});

test('a filter takes part of a name, or its beginning and a star, in any case', () => {
  const { entries } = reduceFeed(emptyFeed, [
    event({ channel: 'jobs/a', name: 'progress', data: 'one' }),
    event({ channel: 'old/jobs/b', name: 'done', data: 'Two (2)' }),
    event({ channel: 'clock', name: 'message', data: 'three' }),
  ]);
  const found = (filter: Partial<typeof noFilter>) =>
    filterFeed(entries, { ...noFilter, ...filter }).map((entry) => entry.kind === 'event' && entry.channel);
  expect(found({ channel: 'JOBS/' })).toEqual(['old/jobs/b', 'jobs/a']);
  expect(found({ channel: 'jobs/*' })).toEqual(['jobs/a']);
  expect(found({ name: ' done ' })).toEqual(['old/jobs/b']);
  expect(found({ text: '(2)' })).toEqual(['old/jobs/b']);
  expect(found({ text: 'clock' })).toEqual(['clock']);
  expect(found({ channel: 'jobs', name: 'progress', text: 'one' })).toEqual(['jobs/a']);
  expect(found({ channel: 'jobs', text: 'three' })).toEqual([]);
  expect(found({ text: '.*' })).toEqual([]);
});

test('no filter is the same array, and blanks are none', () => {
  const { entries } = reduceFeed(emptyFeed, [event({})]);
  expect(filterFeed(entries, { ...noFilter, text: '  ' })).toBe(entries);
  expect(isFilter({ ...noFilter, name: ' ' })).toBe(false);
});

test('no filter hides that events were missed', () => {
  const { entries } = reduceFeed(emptyFeed, [notice('reset', 1), notice('lost', 2), event({ channel: 'a' })]);
  expect(filterFeed(entries, { channel: 'b', name: 'c', text: 'd' })).toMatchObject([{ name: 'reset' }]);
});
