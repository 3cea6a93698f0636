// The delays, and what they say of the clocks.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { type Delay, lastDelays, noDelay, reduceDelay } from './delay';
import { SECONDS } from './rate';

const T = 1_000_000_000;

/** Live events at `at` that took so many ms each. */
function after(delay: Delay, at: number, took: readonly number[]) {
  return reduceDelay(delay, took.map((ms) => event({ id: `${String(at - ms)}-0`, arrived: at })));
}

const latest = (delay: Delay, now: number) => lastDelays(delay, now).seconds.at(-1);

test('median and 99th percentile are delays that there were', () => {
  const delay = after(noDelay, T, Array.from({ length: 100 }, (_, i) => i + 1));
  expect(latest(delay, T + 1_000)).toEqual({ second: T / 1_000, count: 100, median: 50, p99: 99 });
  expect(latest(after(noDelay, T, [7]), T + 1_000)).toMatchObject({ count: 1, median: 7, p99: 7 });
});

test('a second is the same whether it is the latest or closed by another, in one batch or many', () => {
  const once = after(noDelay, T, [1, 2, 9]);
  const split = after(after(after(noDelay, T, [1]), T, [2]), T, [9]);
  const closed = after(split, T + 1_000, [4]);
  const of = (delay: Delay) => lastDelays(delay, T + 2_000).seconds.find(({ second }) => second === T / 1_000);
  expect(of(once)).toMatchObject({ count: 3, median: 2, p99: 9 });
  expect(of(split)).toEqual(of(once));
  expect(of(closed)).toEqual(of(once));
});

test('replayed events were not delayed, and those without an id tell nothing', () => {
  const delay = reduceDelay(noDelay, [
    event({ id: '1-0', arrived: T, live: false }),
    event({ id: null, arrived: T }),
    event({ id: 'foreign', arrived: T }),
    notice('reset', T),
  ]);
  expect(latest(delay, T + 1_000)).toMatchObject({ count: 0, median: null, p99: null });
});

test('a clock that is behind is found out, and no delay is negative', () => {
  const delays = lastDelays(after(noDelay, T, [-3_599_990, -3_599_950]), T + 1_000);
  expect(delays.skew).toBe(-3_599_990);
  expect(delays.seconds.at(-1)).toMatchObject({ median: 0, p99: 40 });
});

test('a clock that is ahead is taken for that, and one slow second is not', () => {
  const ahead = after(noDelay, T, [60_005, 60_030]);
  expect(lastDelays(ahead, T + 1_000)).toMatchObject({ skew: 60_005 });
  expect(latest(ahead, T + 1_000)).toMatchObject({ median: 0, p99: 25 });
  const slow = after(after(noDelay, T, [5]), T + 1_000, [4_000, 5_000]);
  expect(lastDelays(slow, T + 2_000).skew).toBe(0);
  expect(latest(slow, T + 2_000)).toMatchObject({ median: 4_000, p99: 5_000 });
});

test('ten minutes after a clock was set right the numbers are right again', () => {
  let delay = after(noDelay, T, [-500]);
  for (let minute = 1; minute <= 10; minute++) delay = after(delay, T + minute * 60_000, [4, 6]);
  expect(lastDelays(delay, T + 601_000).skew).toBe(0);
});

test('fifty thousand events a second are bounded, and their percentiles still right', () => {
  const took = Array.from({ length: 50_000 }, (_, i) => (i * 7_919) % 1_000);
  let delay = noDelay;
  for (let i = 0; i < took.length; i += 500) delay = after(delay, T, took.slice(i, i + 500));
  expect(delay.open?.values.length).toBeLessThan(1_024);
  const { count, median, p99 } = latest(delay, T + 1_000) ?? expect.fail();
  expect(count).toBe(50_000);
  expect(Math.abs((median ?? 0) - 500)).toBeLessThan(50);
  expect(Math.abs((p99 ?? 0) - 990)).toBeLessThan(10);
});

test('the delays are bounded, however long they run', () => {
  let delay = noDelay;
  for (let i = 0; i < 2_000; i++) delay = after(delay, T + i * 1_000, [i]);
  expect(delay.closed.size).toBeLessThanOrEqual(SECONDS + 2);
  expect(delay.floors.size).toBeLessThanOrEqual(10);
});
