// The mathematics of a chart with a bar for each second: numbers in, coordinates out. No DOM.
import { max } from 'd3-array';
import { stack } from 'd3-shape';
import { scaleLinear } from './linear';

export const MARGIN = { top: 16, right: 1, bottom: 18, left: 40 };
const BAR_SHARE = 0.72;
const TICKS = 3;

export interface Tick {
  at: number;
  label: string;
}

export interface SecondsShape {
  /** All bars of each layer as one path, the lowest first. */
  layers: string[];
  /** Where nothing is known, left to right. */
  gaps: { x: number; width: number }[];
  yTicks: Tick[];
  /** The width of a second. The first one lies left of the chart, to move out of it. */
  step: number;
  width: number;
  height: number;
}

/** A row a second, oldest first, each with the height of every layer; null where nothing is known. In
 * `width` × `height` pixels, with `least` at least at the top of the axis. */
export function secondsShape(
  rows: readonly (readonly number[] | null)[],
  [width, height]: readonly [number, number],
  [least, label]: readonly [number, (value: number) => string],
): SecondsShape {
  const across = Math.max(1, width - MARGIN.left - MARGIN.right);
  const down = Math.max(1, height - MARGIN.top - MARGIN.bottom);
  const step = across / Math.max(1, rows.length - 1);
  const keys = Object.keys(rows.find((row) => row !== null) ?? []);
  const series = stack<readonly number[] | null, string>()
    .keys(keys)
    .value((row, key) => row?.[Number(key)] ?? 0)(rows);
  const highest = Math.max(least, max(series.at(-1) ?? [], ([, upper]) => upper) ?? 0);
  const y = scaleLinear([0, highest], [down, 0]).nice(TICKS);
  const left = (i: number) => (i - 1) * step;
  const side = (step * (1 - BAR_SHARE)) / 2;
  const layers = series.map((points) =>
    points
      .map(([lower, upper], i) => {
        if (upper <= lower) return '';
        return `M${px(left(i) + side)},${px(y(lower))}V${px(y(upper))}h${px(step - 2 * side)}V${px(y(lower))}Z`;
      })
      .join(''),
  );
  const gaps: SecondsShape['gaps'] = [];
  rows.forEach((row, i) => {
    const last = gaps.at(-1);
    if (row !== null) return;
    if (i > 0 && rows[i - 1] === null && last !== undefined) last.width += step;
    else gaps.push({ x: left(i), width: step });
  });
  const yTicks = y
    .ticks(TICKS)
    .filter(Number.isInteger)
    .map((value) => ({ at: y(value), label: label(value) }));
  return { layers, gaps, yTicks, step, width: across, height: down };
}

function px(value: number): string {
  return value.toFixed(1);
}

/** The axis below: `60 s ago` to `now`. */
export function agoTicks(width: number): Tick[] {
  return [60, 45, 30, 15, 0].map((ago) => ({
    at: width * (1 - ago / 60),
    label: ago === 60 ? '60 s ago' : ago === 0 ? 'now' : `${String(ago)} s`,
  }));
}
