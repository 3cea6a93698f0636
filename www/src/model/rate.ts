// How many events arrived in each second, and in which seconds the page was live to see them: a
// second without a connection is unknown, which is not zero.
import type { Arrival } from '../stream/arrival';

export const SECONDS = 60;
const SPANS_MAX = 60;

export interface Rate {
  /** Second since 1970 → events that arrived in it. */
  counts: ReadonlyMap<number, number>;
  /** When the page was live, in ms, oldest first; `to` is null while it is. */
  spans: readonly { from: number; to: number | null }[];
}

export interface RateSecond {
  /** Second since 1970. */
  second: number;
  /** Null where it is unknown. */
  count: number | null;
}

export const noRate: Rate = { counts: new Map(), spans: [] };

/** The rate after `arrivals`. What was told before the stream was caught up is not counted. */
export function reduceRate(rate: Rate, arrivals: readonly Arrival[]): Rate {
  const counts = new Map(rate.counts);
  let spans = rate.spans;
  for (const arrival of arrivals) {
    if (arrival.kind === 'notice') {
      spans = reduceSpans(spans, arrival.name, arrival.arrived);
    } else if (arrival.live) {
      const second = Math.floor(arrival.arrived / 1000);
      counts.set(second, (counts.get(second) ?? 0) + 1);
    }
  }
  const latest = arrivals.at(-1)?.arrived;
  if (latest !== undefined) forget(counts, Math.floor(latest / 1000));
  return { counts, spans };
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

// In both directions, since the clock of the machine may be set back.
function forget(counts: Map<number, number>, now: number) {
  for (const second of counts.keys()) {
    if (second < now - SECONDS || second > now) counts.delete(second);
  }
}

/** The last 60 whole seconds before `now` (ms), oldest first. */
export function lastMinute(rate: Rate, now: number): RateSecond[] {
  const current = Math.floor(now / 1000);
  return Array.from({ length: SECONDS }, (_, i) => {
    const second = current - SECONDS + i;
    // What arrived is known in any case; that nothing did, only if the page was live all the time.
    return { second, count: rate.counts.get(second) ?? (wasLive(rate, second) ? 0 : null) };
  });
}

function wasLive(rate: Rate, second: number): boolean {
  const start = second * 1000;
  return rate.spans.some(({ from, to }) => from <= start && (to === null || to >= start + 1000));
}
