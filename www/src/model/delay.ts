// How long events take from being published to the page, second by second. The id carries the time of publishing by
// Redis' clock, the arrival is by this computer's clock, and nobody promises that these agree.
import type { Arrival } from '../stream/arrival';
import { publishedAt } from './eventId';
import { forget, lastSeconds } from './rate';

/** Numbers of a second, in ms by the two clocks, so perhaps negative. */
interface Summary {
  count: number;
  median: number;
  p99: number;
}

interface Sample {
  second: number;
  count: number;
  /** Every `stride`-th delay of the second. */
  values: number[];
  stride: number;
}

export interface Delay {
  closed: ReadonlyMap<number, Summary>;
  open: Sample | null;
  /** Minute since 1970 → the shortest delay in it, for the last ten minutes with events. */
  floors: ReadonlyMap<number, number>;
}

export interface DelaySecond {
  second: number;
  /** Events with an id that arrived live. */
  count: number;
  /** In ms; null without events. */
  median: number | null;
  p99: number | null;
}

export interface Delays {
  seconds: readonly DelaySecond[];
  /** By how many ms this computer's clock is ahead of Redis' clock (negative: behind), as far as can be told; it is
   * taken off all numbers. 0 while the clocks may well agree. */
  skew: number;
}

const SAMPLE_MAX = 1_024;
const FLOORS_MAX = 10;
// Slower than this is no event of a network that works, if for minutes not one is faster.
const PLAUSIBLE_MS = 1_000;

export const noDelay: Delay = { closed: new Map(), open: null, floors: new Map() };

/** The delays after `arrivals`. Replayed events were not delayed, and those without an id tell nothing. */
export function reduceDelay(delay: Delay, arrivals: readonly Arrival[]): Delay {
  const closed = new Map(delay.closed);
  const floors = new Map(delay.floors);
  let open = delay.open && { ...delay.open, values: [...delay.open.values] };
  for (const arrival of arrivals) {
    if (arrival.kind !== 'event' || !arrival.live) continue;
    const published = publishedAt(arrival.id);
    if (published === null) continue;
    const value = arrival.arrived - published;
    const second = Math.floor(arrival.arrived / 1000);
    if (open?.second !== second) {
      if (open !== null) closed.set(open.second, summarize(open));
      open = { second, count: 0, values: [], stride: 1 };
    }
    sample(open, value);
    const minute = Math.floor(second / 60);
    floors.set(minute, Math.min(value, floors.get(minute) ?? value));
  }
  if (open !== null) forget(closed, open.second);
  while (floors.size > FLOORS_MAX) floors.delete(floors.keys().next().value ?? 0);
  return { closed, open, floors };
}

function sample(open: Sample, value: number) {
  if (open.count % open.stride === 0) open.values.push(value);
  open.count += 1;
  if (open.values.length < SAMPLE_MAX) return;
  open.values = open.values.filter((_, i) => i % 2 === 0);
  open.stride *= 2;
}

function summarize({ count, values }: Sample): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  // The nearest rank: a delay that there was.
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { count, median: rank(0.5), p99: rank(0.99) };
}

/** The last whole seconds before `now` (ms), oldest first. */
export function lastDelays(delay: Delay, now: number): Delays {
  const skew = skewOf(delay);
  const seconds = lastSeconds(now).map((second): DelaySecond => {
    const found = delay.open?.second === second ? summarize(delay.open) : delay.closed.get(second);
    if (found === undefined) return { second, count: 0, median: null, p99: null };
    return { second, count: found.count, median: found.median - skew, p99: found.p99 - skew };
  });
  return { seconds, skew };
}

/** See Delays. An event cannot arrive before it was published; and if even the fastest takes a second it is likely
 * the clock. */
export function skewOf({ floors }: Delay): number {
  const least = Math.min(...floors.values());
  return Number.isFinite(least) && (least < 0 || least >= PLAUSIBLE_MS) ? least : 0;
}
