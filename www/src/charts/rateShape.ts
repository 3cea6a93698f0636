// The mathematics of the rate chart: seconds in, coordinates and numbers out. No DOM.
import { max, mean } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import type { RateSecond } from '../model/rate';

export const MARGIN = { top: 22, right: 2, bottom: 20, left: 36 };
const BAR_SHARE = 0.72;
// An empty chart has an axis too, and one lonely event must not look like a storm.
const LEAST_TOP = 4;

export interface Tick {
  at: number;
  label: string;
}

export interface RateShape {
  /** All bars as one path. */
  bars: string;
  /** Where nothing is known, left to right. */
  gaps: { x: number; width: number }[];
  xTicks: Tick[];
  yTicks: Tick[];
  left: number;
  right: number;
  bottom: number;
}

/** The chart of `seconds`, oldest first, in `width` × `height` pixels. */
export function rateShape(seconds: readonly RateSecond[], width: number, height: number): RateShape {
  const left = MARGIN.left;
  const right = Math.max(left + 1, width - MARGIN.right);
  const bottom = Math.max(MARGIN.top + 1, height - MARGIN.bottom);
  const x = scaleLinear([0, Math.max(1, seconds.length)], [left, right]);
  const top = Math.max(LEAST_TOP, max(seconds, ({ count }) => count ?? 0) ?? 0);
  const y = scaleLinear([0, top], [bottom, MARGIN.top]).nice(4);
  const step = x(1) - x(0);
  const side = (step * (1 - BAR_SHARE)) / 2;

  let bars = '';
  const gaps: RateShape['gaps'] = [];
  seconds.forEach(({ count }, i) => {
    if (count === null) {
      const last = gaps.at(-1);
      if (i > 0 && seconds[i - 1]?.count === null && last !== undefined) last.width += step;
      else gaps.push({ x: x(i), width: step });
    } else if (count > 0) {
      bars += `M${px(x(i) + side)},${px(bottom)}V${px(y(count))}h${px(step - 2 * side)}V${px(bottom)}Z`;
    }
  });
  return { bars, gaps, xTicks: secondsAgo(x, seconds.length), yTicks: wholeNumbers(y), left, right, bottom };
}

function px(value: number): string {
  return value.toFixed(1);
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function secondsAgo(x: Scale, length: number): Tick[] {
  return [60, 45, 30, 15, 0]
    .filter((ago) => ago <= length)
    .map((ago) => ({ at: x(length - ago), label: ago === 0 ? 'now' : `${String(ago)} s` }));
}

function wholeNumbers(y: Scale): Tick[] {
  const format = new Intl.NumberFormat('en', { notation: 'compact' });
  return y
    .ticks(4)
    .filter(Number.isInteger)
    .map((value) => ({ at: y(value), label: format.format(value) }));
}

export interface RateSummary {
  /** The last whole second; null where it is unknown. */
  latest: number | null;
  mean: number | null;
  peak: number | null;
}

/** The same seconds as three numbers; unknown seconds do not count. */
export function summarize(seconds: readonly RateSecond[]): RateSummary {
  const known = seconds.flatMap(({ count }) => (count === null ? [] : [count]));
  return { latest: seconds.at(-1)?.count ?? null, mean: mean(known) ?? null, peak: max(known) ?? null };
}

/** The summary in words, for whom the picture is nothing. */
export function describe({ latest, mean, peak }: RateSummary): string {
  if (mean === null || peak === null) return 'Events per second over the last 60 seconds: nothing is known yet.';
  return (
    `Events per second over the last 60 seconds: latest ${latest === null ? 'unknown' : String(latest)}, ` +
    `mean ${mean.toFixed(1)}, peak ${String(peak)}.`
  );
}
