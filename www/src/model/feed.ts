// The feed: the latest events and notices, newest first.
import type { Arrival, Notice } from '../stream/arrival';
import { publishedAt } from './eventId';
import { cut } from './text';

export interface FeedEvent {
  kind: 'event';
  key: number;
  /** When it was published, in ms; when it arrived, where the publisher gave no id. */
  time: number;
  timeIs: 'published' | 'arrived';
  id: string | null;
  channel: string;
  name: string;
  data: string;
}

export interface FeedNotice {
  kind: 'notice';
  key: number;
  time: number;
  name: Notice['name'];
  data: string;
}

export type FeedEntry = FeedEvent | FeedNotice;

export interface Feed {
  /** Each with a key that is one less than that of its predecessor. */
  entries: readonly FeedEntry[];
  /** How many there ever were; also the source of keys. */
  count: number;
  /** How many characters of data are kept. */
  size: number;
  /** When the last live event arrived, in ms. */
  lastEvent: number | null;
}

/** Bounds: of entries, and of the data of all of them and of one, in characters. So many entries for who
 * holds the feed; they are copied up to ten times a second, which takes a third of a millisecond. */
export const FEED_MAX = 10_000;
export const FEED_SIZE_MAX = 4_000_000;
export const DATA_MAX = 32_000;
const NAME_MAX = 200;

export const emptyFeed: Feed = { entries: [], count: 0, size: 0, lastEvent: null };

/** The feed after `arrivals`, the oldest first. */
export function reduceFeed(feed: Feed, arrivals: readonly Arrival[]): Feed {
  const count = feed.count + arrivals.length;
  const fresh = arrivals
    .slice(-FEED_MAX)
    .reverse()
    .map((arrival, i) => entry(arrival, count - i));
  const kept = FEED_MAX - fresh.length;
  const entries = [...fresh, ...feed.entries.slice(0, kept)];
  let size = feed.size + sizeOf(fresh) - sizeOf(feed.entries.slice(kept));
  while (size > FEED_SIZE_MAX) size -= entries.pop()?.data.length ?? size;
  const live = arrivals.findLast((arrival) => arrival.kind === 'event' && arrival.live);
  return { entries, count, size, lastEvent: live?.arrived ?? feed.lastEvent };
}

function sizeOf(entries: readonly FeedEntry[]): number {
  return entries.reduce((sum, { data }) => sum + data.length, 0);
}

function entry(arrival: Arrival, key: number): FeedEntry {
  const data = cut(arrival.data, DATA_MAX);
  if (arrival.kind === 'notice') return { kind: 'notice', key, time: arrival.arrived, name: arrival.name, data };
  const published = publishedAt(arrival.id);
  return {
    kind: 'event',
    key,
    time: published ?? arrival.arrived,
    timeIs: published === null ? 'arrived' : 'published',
    id: arrival.id,
    channel: cut(arrival.channel, NAME_MAX),
    name: cut(arrival.name, NAME_MAX),
    data,
  };
}
