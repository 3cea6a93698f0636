// The mathematics of the timeline. No DOM.
import type { JobSpan } from '../model/timeline';
import { scaleLinear } from './linear';
import type { Tick } from './secondsShape';
import { spanText } from './units';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const LENGTHS = [1, 2, 4, 8, 16, 30, 60].map((n) => n * MIN).concat([2, 4, 8, 12, 24].map((n) => n * HOUR), 2 * DAY, 4 * DAY, 8 * DAY);
const ENOUGH = 0.6;

/** The length of the axis in ms: one that shows whole what `ENOUGH` of the jobs did. */
export function axisLength(spans: readonly JobSpan[], now: number): number {
  const ages = spans.map(({ start }) => now - start).sort((a, b) => a - b);
  const oldest = ages[Math.ceil(ENOUGH * ages.length) - 1] ?? 0;
  return LENGTHS.find((length) => length >= oldest) ?? LENGTHS.at(-1) ?? DAY;
}

export interface SpanBar {
  /** In pixels from the left. */
  x: number;
  width: number;
  /** Whether it began before the axis does, or nobody knows when. */
  isOpen: boolean;
}

const LEAST_WIDTH = 3;

/** Where the bars lie on an axis of `length` ms and `width` pixels that ends at `now`. */
export function spanBars(spans: readonly JobSpan[], now: number, length: number, width: number): SpanBar[] {
  const x = scaleLinear([now - length, now], [0, width]);
  return spans.map(({ start, end, startSeen }) => {
    // What runs is drawn on beyond the end of the axis, which hides it: so it still reaches it while it is moved.
    const to = end === null ? 2 * width : Math.min(width, Math.max(LEAST_WIDTH, x(end)));
    const from = Math.max(0, Math.min(x(start), width - LEAST_WIDTH, to - LEAST_WIDTH));
    return { x: from, width: to - from, isOpen: !startSeen || start < now - length };
  });
}

export function timeTicks(length: number, width: number): Tick[] {
  return [1, 0.75, 0.5, 0.25, 0].map((share) => {
    const text = spanText(share * length);
    return { at: width * (1 - share), label: share === 1 ? `${text} ago` : share === 0 ? 'now' : text };
  });
}
