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
  entries: readonly FeedEntry[];
  /** How many there ever were; also the source of keys. */
  count: number;
}

export const FEED_MAX = 200;
const NAME_MAX = 200;
const DATA_MAX = 2_000;

export const emptyFeed: Feed = { entries: [], count: 0 };

/** The feed after `arrivals`, the oldest first. */
export function reduceFeed(feed: Feed, arrivals: readonly Arrival[]): Feed {
  const count = feed.count + arrivals.length;
  const fresh = arrivals
    .slice(-FEED_MAX)
    .reverse()
    .map((arrival, i) => entry(arrival, count - i));
  return { entries: [...fresh, ...feed.entries].slice(0, FEED_MAX), count };
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
    channel: cut(arrival.channel, NAME_MAX),
    name: cut(arrival.name, NAME_MAX),
    data,
  };
}
