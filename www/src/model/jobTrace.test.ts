// The way of a job: few points, back to its start.
import { expect, test } from 'vitest';
import { addPoint, growth, startTrace, TRACE_MAX } from './jobTrace';

const point = (at: number, percent: number | null = at / 1_000, moved: number | null = at) => ({ at, percent, moved });

test('a trace reaches back to its start, in bounds, however long the job runs', () => {
  let trace = startTrace(point(0));
  for (let at = 100; at <= 3_600_000; at += 100) trace = addPoint(trace, point(at));
  expect(trace.points.length).toBeLessThanOrEqual(TRACE_MAX);
  expect(trace.points.length).toBeGreaterThan(TRACE_MAX / 3);
  expect(trace.points[0]).toEqual(point(0));
  expect(trace.points.at(-1)?.at).toBeGreaterThan(3_600_000 - 2 * trace.step);
  const times = trace.points.map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a point that is too near leaves the same trace', () => {
  const trace = startTrace(point(1_000));
  expect(addPoint(trace, point(1_249))).toBe(trace);
  expect(addPoint(trace, point(500))).toBe(trace);
  expect(addPoint(trace, point(1_250)).points).toHaveLength(2);
});

test('growth is what came lately, a second', () => {
  let trace = startTrace(point(0, 0, 0));
  trace = addPoint(trace, point(90_000, 10, 1_000));
  trace = addPoint(trace, point(95_000, 11, 3_000));
  expect(growth(trace, point(100_000, 12, 6_000), 'moved')).toBe(500);
  expect(growth(trace, point(100_000, 12, 6_000), 'percent')).toBe(0.2);
});

test('growth is unknown without two points a second apart, without values, and backwards', () => {
  const trace = startTrace(point(0, 50, null));
  expect(growth(trace, point(999, 60, 1), 'percent')).toBeNull();
  expect(growth(trace, point(5_000, 60, 1), 'moved')).toBeNull();
  expect(growth(trace, point(5_000, null, 1), 'percent')).toBeNull();
  expect(growth(trace, point(5_000, 40, 1), 'percent')).toBeNull();
});
