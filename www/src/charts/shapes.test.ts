// The mathematics of the charts.
import { describe, expect, test } from 'vitest';
import type { JobSpan } from '../model/timeline';
import { skewWords } from './DelayChart';
import { agoTicks, secondsShape } from './secondsShape';
import { axisLength, spanBars, timeTicks } from './timelineShape';
import { msText, spanText } from './units';

const MIN = 60_000;
const minute = (of: (i: number) => number[] | null) => Array.from({ length: 61 }, (_, i) => of(i));
const shapeOf = (rows: readonly (readonly number[] | null)[], width = 641) => secondsShape(rows, [width, 134], [4, String]);

/** Where the bars of a path stand, and where they end. */
function bars(path: string | undefined) {
  return [...(path ?? '').matchAll(/M([-\d.]+),([\d.]+)V([\d.]+)h/g)].map((m) => m.slice(1).map(Number));
}

describe('a bar a second', () => {
  test('stands on the one below it, and twice the count is twice as high', () => {
    const { layers, height } = shapeOf(minute((i) => (i === 30 ? [2, 4] : [0, 0])));
    const [[, from = NaN, to = NaN] = []] = bars(layers[0]);
    const [[, above = NaN, top = NaN] = []] = bars(layers[1]);
    expect(from).toBe(height);
    expect(above).toBe(to);
    expect(above - top).toBeCloseTo(2 * (from - to), 0);
  });

  test('is not drawn for zero, and unknown seconds side by side are one gap', () => {
    const { layers, gaps, step } = shapeOf(minute((i) => (i < 20 || i === 40 ? null : [0])));
    expect(layers).toEqual(['']);
    expect(gaps.map(({ x, width }) => [x, width].map(Math.round))).toEqual([
      [-step, 20 * step].map(Math.round),
      [39 * step, step].map(Math.round),
    ]);
  });

  test('has its place by its second: the first is about to leave, the last ends at the edge', () => {
    const { layers, step, width } = shapeOf(minute((i) => [i === 0 || i === 60 ? 1 : 0]));
    const [first, last] = bars(layers[0]);
    expect(first?.[0]).toBeLessThan(0);
    expect((last?.[0] ?? 0) + step).toBeGreaterThan(width);
    expect(step * 60).toBeCloseTo(width);
  });

  test('has an axis of whole numbers from 0, however little there is', () => {
    expect(shapeOf(minute(() => [0])).yTicks.map(({ label }) => label)).toEqual(['0', '1', '2', '3', '4']);
    expect(shapeOf(minute(() => [700, 1_200])).yTicks.map(({ label }) => label)).toEqual(['0', '500', '1000', '1500', '2000']);
  });

  test('is finite also without seconds, layers or width', () => {
    for (const shape of [shapeOf([], 0), shapeOf(minute(() => null), 0), shapeOf(minute(() => []), 0), shapeOf(minute(() => [7]), 0)]) {
      expect(JSON.stringify(shape)).not.toMatch(/NaN|null|Infinity/);
    }
  });

  test('is dated from a minute ago to now', () => {
    expect(agoTicks(600)).toMatchObject([{ at: 0, label: '60 s ago' }, { at: 150 }, { at: 300 }, { at: 450 }, { at: 600, label: 'now' }]);
  });
});

describe('the timeline', () => {
  const span = (start: number, end: number | null, startSeen = true): JobSpan => ({
    key: String(start),
    task: 'a',
    state: end === null ? 'running' : 'done',
    start,
    startSeen,
    end,
  });

  test('shows whole what most jobs did, in a round length', () => {
    const ages = (...minutes: number[]) => axisLength(minutes.map((age) => span(-age * MIN, null)), 0);
    expect(ages(0.2, 0.5)).toBe(MIN);
    expect(ages(5, 6, 7)).toBe(8 * MIN);
    expect(ages(...Array.from({ length: 20 }, () => 3), 100_000)).toBe(4 * MIN);
    expect(ages(1e9)).toBe(8 * 24 * 60 * MIN);
    expect(axisLength([], 0)).toBe(MIN);
  });

  test('has a bar from start to end, and to now and on while it runs', () => {
    const [over, running] = spanBars([span(-30_000, -15_000), span(-30_000, null)], 0, MIN, 600);
    expect(over).toEqual({ x: 300, width: 150, isOpen: false });
    expect(running?.x).toBe(300);
    expect((running?.x ?? 0) + (running?.width ?? 0)).toBeGreaterThan(600);
  });

  test('has bars that can be seen and lie inside, however short, long, old or of another clock', () => {
    const [short, long, old, future] = spanBars([span(-10, -10), span(-9e9, -1), span(-9e9, -8e9), span(5_000, 6_000)], 0, MIN, 600);
    expect(short?.width).toBeGreaterThanOrEqual(3);
    expect(long).toMatchObject({ x: 0, isOpen: true });
    for (const bar of [short, long, old, future]) {
      expect(bar?.x).toBeGreaterThanOrEqual(0);
      expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(600);
      expect(bar?.width).toBeGreaterThanOrEqual(3);
    }
  });

  test('says that the beginning is not known', () => {
    expect(spanBars([span(-30_000, null, false)], 0, MIN, 600)[0]?.isOpen).toBe(true);
  });

  test('is dated in words', () => {
    expect(timeTicks(8 * MIN, 800).map(({ at, label }) => [at, label])).toEqual([
      [0, '8 min ago'],
      [200, '6 min'],
      [400, '4 min'],
      [600, '2 min'],
      [800, 'now'],
    ]);
  });
});

test('durations have two units at most', () => {
  expect([0, 999, 59_999, 60_000, 3_725_000, 90_000_000, -5].map((ms) => spanText(ms))).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 h 2 min',
    '1 d 1 h',
    '0 s',
  ]);
});

test('delays are in ms, then in seconds', () => {
  expect([null, 0, 12, 999, 1_250, 61_000].map(msText)).toEqual(['–', '0 ms', '12 ms', '999 ms', '1.25 s', '1 min 1 s']);
});

test('a clock that is off is said to be, and by how much', () => {
  expect(skewWords(0)).toBeNull();
  expect(skewWords(-1_500)).toMatch(/at least 1.5 s behind/);
  expect(skewWords(3_600_000)).toMatch(/1 h late.*ahead/);
});
