// The mathematics of a job's line: points in, paths out. No DOM.
import { max } from 'd3-array';
import { line } from 'd3-shape';
import type { Point } from '../model/jobTrace';
import { scaleLinear } from './linear';

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface SparkShape {
  line: string;
  area: string;
  /** Where it ends; null without points. */
  end: [number, number] | null;
  /** The value at the top of the box: 100 (percent), or units. */
  most: number;
  inPercent: boolean;
  /** Time (ms) and value to pixels. */
  x: (at: number) => number;
  y: (value: number) => number;
}

/** The line through `points`, oldest first, in `box`: of percent where it is known, else of units. */
export function sparkShape(points: readonly Point[], { left, right, top, bottom }: Box): SparkShape {
  const inPercent = points.some(({ percent }) => percent !== null);
  const known = points.flatMap(({ at, percent, moved }) => {
    const value = inPercent ? percent : moved;
    return value === null ? [] : [{ at, value }];
  });
  const first = points[0]?.at ?? 0;
  const last = points.at(-1)?.at ?? 0;
  const greatest = max(known, ({ value }) => value) ?? 0;
  const most = inPercent ? 100 : Math.max(1, greatest);
  // Of what counts nothing there is no way to draw.
  if (!inPercent && greatest === 0) known.length = 0;
  const x = scaleLinear([first, Math.max(last, first + 1)], [left, right]);
  const y = scaleLinear([0, most], [bottom, top]);
  const path = line<(typeof known)[0]>(({ at }) => x(at), ({ value }) => y(value)).digits(1)(known) ?? '';
  const tip = known.at(-1);
  return {
    line: path,
    area: known[0] === undefined ? '' : `${path}V${bottom.toFixed(1)}H${x(known[0].at).toFixed(1)}Z`,
    end: tip === undefined ? null : [x(tip.at), y(tip.value)],
    most,
    inPercent,
    x,
    y,
  };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Round seconds from 0 to `seconds`, at most `most` of them behind 0. */
export function secondTicks(seconds: number, most: number): number[] {
  const step = STEPS_S.find((s) => seconds / s <= most) ?? Math.ceil(seconds / most / 86_400) * 86_400;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
}
