// The reducer of the rate, and the board that joins all reducers.
import { expect, test } from 'vitest';
import { event, notice, progress } from './arrivals';
import { emptyBoard, reduceBoard } from './board';
import { lastMinute, noRate, type Rate, reduceRate, SECONDS } from './rate';

const T = 1_000_000_000;

function counts(rate: Rate, now: number) {
  return lastMinute(rate, now).map(({ count }) => count);
}

test('events are counted in the second of their arrival; the second that still runs is not shown', () => {
  const rate = reduceRate(noRate, [
    notice('open', T - 90_000),
    event({ arrived: T - 1 }),
    event({ arrived: T }),
    event({ arrived: T + 999 }),
    event({ arrived: T + 1_000 }),
  ]);
  expect(counts(rate, T + 1_500).slice(-3)).toEqual([0, 1, 2]);
  expect(counts(rate, T + 2_000).slice(-3)).toEqual([1, 2, 1]);
  expect(lastMinute(rate, T + 1_500)).toHaveLength(SECONDS);
});

test('what was told before the stream was caught up is not counted', () => {
  const rate = reduceRate(noRate, [event({ arrived: T, live: false }), notice('open', T)]);
  expect(counts(rate, T + 1_000).at(-1)).toBe(0);
});

test('seconds without a connection are unknown, not zero', () => {
  const rate = reduceRate(noRate, [
    notice('open', T),
    event({ arrived: T + 2_100 }),
    notice('lost', T + 2_500),
    notice('stopped', T + 3_000),
    notice('resumed', T + 5_000),
  ]);
  expect(counts(rate, T + 7_000).slice(-8)).toEqual([null, 0, 0, 1, null, null, 0, 0]);
  expect(counts(noRate, T)).toEqual(Array(SECONDS).fill(null));
});

test('the rate is bounded, however long it runs and however often it breaks', () => {
  let rate = noRate;
  for (let i = 0; i < 1_000; i++) {
    const at = T + i * 1_000;
    rate = reduceRate(rate, [notice('open', at), event({ arrived: at }), notice('lost', at + 1)]);
  }
  expect(rate.counts.size).toBeLessThanOrEqual(SECONDS + 1);
  expect(rate.spans.length).toBeLessThanOrEqual(60);
});

test('a clock set back by an hour leaves no seconds of the future behind', () => {
  const before = reduceRate(noRate, [notice('open', T - 7_200_000), event({ arrived: T })]);
  const after = reduceRate(before, [event({ arrived: T - 3_600_000 })]);
  expect([...after.counts.keys()]).toEqual([(T - 3_600_000) / 1_000]);
});

test('the board gives every arrival to each of its parts', () => {
  const board = reduceBoard(emptyBoard, [notice('open', T), progress('a', { percent: 5 })]);
  expect(board.jobs.byKey.size).toBe(1);
  expect(board.feed.entries).toHaveLength(2);
  expect(board.rate.counts.get(T / 1_000)).toBe(1);
});

test('the board is correct and bounded after a minute of a thousand events a second', () => {
  let board = reduceBoard(emptyBoard, [notice('open', T)]);
  for (let second = 0; second < 60; second++) {
    const arrivals = Array.from({ length: 1_000 }, (_, i) => ({
      ...progress(`t${String(i)}`, { percent: second }),
      arrived: T + second * 1_000,
    }));
    board = reduceBoard(board, arrivals);
  }
  expect(lastMinute(board.rate, T + 60_000).every(({ count }) => count === 1_000)).toBe(true);
  expect([board.jobs.byKey.size, board.feed.entries.length]).toEqual([500, 200]);
  expect(board.jobs.byKey.get('jobs/t999\nt999')?.percent).toBe(59);
});
