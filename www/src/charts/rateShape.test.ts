// The mathematics of the rate chart.
import { expect, test } from 'vitest';
import type { RateSecond } from '../model/rate';
import { describe as inWords, rateShape, summarize } from './rateShape';

function seconds(counts: (number | null)[]): RateSecond[] {
  return counts.map((count, i) => ({ second: 1_000 + i, count }));
}

const minute = (of: (i: number) => number | null) => seconds(Array.from({ length: 60 }, (_, i) => of(i)));

test('a bar stands on the axis, and twice the count is twice as high', () => {
  const shape = rateShape(seconds([2, 4]), 200, 100);
  const [low, high] = [...shape.bars.matchAll(/M([\d.]+),([\d.]+)V([\d.]+)h/g)].map((m) => Number(m[2]) - Number(m[3]));
  expect(low).toBeCloseTo((high ?? NaN) / 2, 0);
  expect(shape.bars.match(/M[\d.]+,([\d.]+)/)?.[1]).toBe(shape.bottom.toFixed(1));
});

test('zero has no bar, and unknown seconds side by side are one gap', () => {
  const shape = rateShape(minute((i) => (i < 20 || i === 40 ? null : 0)), 640, 160);
  expect(shape.bars).toBe('');
  const step = (shape.right - shape.left) / 60;
  expect(shape.gaps.map(({ x, width }) => [x, width].map(Math.round))).toEqual([
    [shape.left, step * 20].map(Math.round),
    [shape.left + step * 40, step].map(Math.round),
  ]);
});

test('the axes say 60 s to now, and whole numbers from 0', () => {
  const shape = rateShape(minute((i) => (i === 5 ? 1 : 0)), 640, 160);
  expect(shape.xTicks.map(({ label }) => label)).toEqual(['60 s', '45 s', '30 s', '15 s', 'now']);
  expect(shape.yTicks.map(({ label }) => label)).toEqual(['0', '1', '2', '3', '4']);
  expect(rateShape(minute(() => 1_950), 640, 160).yTicks.at(-1)?.label).toBe('2K');
});

test('no width and no seconds still give finite numbers', () => {
  for (const shape of [rateShape([], 0, 0), rateShape(minute(() => 7), 0, 0)]) {
    expect(JSON.stringify(shape)).not.toMatch(/NaN|null|Infinity/);
  }
});

test('the summary leaves out what is unknown, and says so', () => {
  expect(summarize(seconds([null, 2, 4]))).toEqual({ latest: 4, mean: 3, peak: 4 });
  expect(summarize(seconds([2, null]))).toEqual({ latest: null, mean: 2, peak: 2 });
  expect(inWords(summarize(seconds([2, 3])))).toBe(
    'Events per second over the last 60 seconds: latest 3, mean 2.5, peak 3.',
  );
  expect(inWords(summarize(seconds([null])))).toContain('nothing is known');
});
