// The board that joins all reducers.
import { expect, test } from 'vitest';
import { event, notice, progress } from './arrivals';
import { emptyBoard, reduceBoard } from './board';
import { lastDelays } from './delay';
import { FEED_MAX } from './feed';
import { JOBS_MAX } from './jobs';
import { lastMinute } from './rate';

const T = 1_000_000_000;

test('the board gives every arrival to each of its parts', () => {
  const arrivals = [notice('open', T), { ...progress('a', { percent: 5 }), id: `${String(T - 7)}-0` }, notice('reset', T)];
  const board = reduceBoard(emptyBoard, arrivals);
  expect(board.jobs.byKey.size).toBe(1);
  expect(board.feed.entries).toHaveLength(3);
  expect(board.missed.count).toBe(1);
  expect(board.rate.counts.get(T / 1_000)?.get('jobs/a')).toBe(1);
  expect(lastDelays(board.delay, T + 1_000).seconds.at(-1)?.median).toBe(7);
});

test('the board is correct and bounded after a minute of a thousand events a second', () => {
  let board = reduceBoard(emptyBoard, [notice('open', T)]);
  for (let second = 0; second < 61; second++) {
    const arrivals = Array.from({ length: 1_000 }, (_, i) => ({
      ...progress(`t${String(i)}`, { percent: second }),
      arrived: T + second * 1_000,
    }));
    board = reduceBoard(board, arrivals);
  }
  const sums = lastMinute(board.rate, T + 61_000).map(({ counts }) => [...(counts ?? [])].reduce((sum, [, n]) => sum + n, 0));
  expect(new Set(sums)).toEqual(new Set([1_000]));
  expect([board.jobs.byKey.size, board.feed.entries.length]).toEqual([JOBS_MAX, FEED_MAX]);
  expect(board.jobs.byKey.get('jobs/t999\nt999')?.percent).toBe(60);
  expect(reduceBoard(board, [event({})]).jobs).toBe(board.jobs);
}, 30_000);
