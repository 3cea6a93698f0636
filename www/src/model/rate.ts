// How many events arrived in each second, by channel, and in which seconds the page was live to see them: a second
// without a connection is unknown, which is not zero.
import type { Arrival } from '../stream/arrival';

/** The seconds that are kept: a minute, and one that leaves a moving chart. */
export const SECONDS = 61;
const SPANS_MAX = 60;
// Of a second; what goes beyond is counted by first segment, and then together.
const CHANNELS_MAX = 50;

/** Channel → events. `jobs/*` stands for channels below `jobs/`, `*` for any. */
export type Counts = ReadonlyMap<string, number>;

export interface Rate {
  /** Second since 1970 → events that arrived in it. */
  counts: ReadonlyMap<number, Counts>;
  /** When the page was live, in ms, oldest first; `to` is null while it is. */
  spans: readonly { from: number; to: number | null }[];
}

export interface RateSecond {
  /** Second since 1970. */
  second: number;
  /** Null where it is unknown. */
  counts: Counts | null;
}

export const noRate: Rate = { counts: new Map(), spans: [] };

/** The rate after `arrivals`. What was told before the stream was caught up is not counted. */
export function reduceRate(rate: Rate, arrivals: readonly Arrival[]): Rate {
  const counts = new Map(rate.counts);
  let spans = rate.spans;
  let current: Map<string, number> | null = null;
  let second = -1;
  for (const arrival of arrivals) {
    if (arrival.kind === 'notice') {
      spans = reduceSpans(spans, arrival.name, arrival.arrived);
    } else if (arrival.live) {
      const at = Math.floor(arrival.arrived / 1000);
      if (current === null || at !== second) {
        second = at;
        current = new Map(counts.get(second));
        counts.set(second, current);
      }
      const key = keyOf(current, arrival.channel);
      current.set(key, (current.get(key) ?? 0) + 1);
    }
  }
  const latest = arrivals.at(-1)?.arrived;
  if (latest !== undefined) forget(counts, Math.floor(latest / 1000));
  return { counts, spans };
}

/** `jobs/*` of `jobs/a/b`; a channel without a slash is itself. */
export function firstSegment(channel: string): string {
  const slash = channel.indexOf('/');
  return slash < 0 ? channel : `${channel.slice(0, slash)}/*`;
}

function keyOf(counts: Counts, channel: string): string {
  if (counts.size < CHANNELS_MAX || counts.has(channel)) return channel;
  const segment = firstSegment(channel);
  return counts.size < 2 * CHANNELS_MAX || counts.has(segment) ? segment : '*';
}

function reduceSpans(spans: Rate['spans'], name: string, at: number): Rate['spans'] {
  const last = spans.at(-1);
  const live = last?.to === null;
  if ((name === 'open' || name === 'resumed') && !live) {
    return [...spans, { from: at, to: null }].slice(-SPANS_MAX);
  }
  if ((name === 'lost' || name === 'stopped') && live) {
    return [...spans.slice(0, -1), { from: last.from, to: at }];
  }
  return spans;
}

/** Drops the seconds of a map that are no longer kept. In both directions, since a machine's clock may be set back. */
export function forget(seconds: Map<number, unknown>, now: number) {
  for (const second of seconds.keys()) {
    if (second < now - SECONDS - 1 || second > now) seconds.delete(second);
  }
}

const NONE: Counts = new Map();

/** The last whole seconds before `now` (ms), oldest first. */
export function lastMinute(rate: Rate, now: number): RateSecond[] {
  return lastSeconds(now).map((second) => {
    // What arrived is known in any case; that nothing did, only if the page was live all the time.
    return { second, counts: rate.counts.get(second) ?? (wasLive(rate, second) ? NONE : null) };
  });
}

// More than moves what is drawn by itself: the machine's time is better spent on what it means.
const BUSY = 1_000;

/** Whether so many events came in the last whole second that what is drawn should not also be moved between two. */
export function isBusy({ counts }: Rate, now: number): boolean {
  let sum = 0;
  for (const n of counts.get(Math.floor(now / 1000) - 1)?.values() ?? []) sum += n;
  return sum >= BUSY;
}

export function lastSeconds(now: number): number[] {
  const current = Math.floor(now / 1000);
  return Array.from({ length: SECONDS }, (_, i) => current - SECONDS + i);
}

function wasLive(rate: Rate, second: number): boolean {
  const start = second * 1000;
  return rate.spans.some(({ from, to }) => from <= start && (to === null || to >= start + 1000));
}
