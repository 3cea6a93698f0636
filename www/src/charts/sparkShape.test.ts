// The mathematics of a job's line.
import { expect, test } from 'vitest';
import { secondTicks, sparkShape } from './sparkShape';

const BOX = { left: 0, right: 100, top: 0, bottom: 50 };
const point = (at: number, percent: number | null, moved: number | null) => ({ at, percent, moved });

test('a line of percent fills the box from 0 to 100, and ends where the job is', () => {
  const shape = sparkShape([point(0, 0, 0), point(1_000, 50, 5), point(2_000, 100, 10)], BOX);
  expect(shape.line).toBe('M0,50L50,25L100,0');
  expect(shape.area).toBe('M0,50L50,25L100,0V50.0H0.0Z');
  expect(shape.end).toEqual([100, 0]);
  expect(shape.inPercent).toBe(true);
});

test('without percent it is of units, to the greatest', () => {
  const shape = sparkShape([point(0, null, 0), point(1_000, null, 30)], BOX);
  expect(shape).toMatchObject({ line: 'M0,50L100,0', most: 30, inPercent: false });
});

test('what begins without a value begins later', () => {
  expect(sparkShape([point(0, null, 0), point(1_000, 0, 0), point(2_000, 50, 0)], BOX).line).toBe('M50,50L100,25');
});

test('of nothing there is no line, and no broken number', () => {
  for (const points of [[], [point(0, null, null)], [point(0, null, 0), point(9, null, 0)], [point(5, 40, 1)]]) {
    const { line, area, end } = sparkShape(points, BOX);
    expect(line + area + String(end)).not.toMatch(/NaN|Infinity/);
    expect(line === '').toBe(points.every(({ percent }) => percent === null));
  }
});

test('times have round ticks, in number as asked', () => {
  expect(secondTicks(4.2, 5)).toEqual([0, 1, 2, 3, 4]);
  expect(secondTicks(100, 5)).toEqual([0, 30, 60, 90]);
  expect(secondTicks(0, 5)).toEqual([0]);
  for (const span of [3, 61, 4_000, 90_000, 5_000_000]) {
    expect(secondTicks(span, 6).length).toBeLessThanOrEqual(7);
  }
});
