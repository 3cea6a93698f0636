// The whole board: one reducer over its parts.
import type { Arrival } from '../stream/arrival';
import { type Delay, noDelay, reduceDelay } from './delay';
import { emptyFeed, type Feed, reduceFeed } from './feed';
import { type AllMissed, nothingMissed, reduceMissed } from './feedMissed';
import { type Jobs, noJobs, reduceJobs } from './jobs';
import { noRate, type Rate, reduceRate } from './rate';

export interface Board {
  jobs: Jobs;
  feed: Feed;
  missed: AllMissed;
  rate: Rate;
  delay: Delay;
}

export const emptyBoard: Board = {
  jobs: noJobs,
  feed: emptyFeed,
  missed: nothingMissed,
  rate: noRate,
  delay: noDelay,
};

export function reduceBoard(board: Board, arrivals: readonly Arrival[]): Board {
  return {
    jobs: reduceJobs(board.jobs, arrivals),
    feed: reduceFeed(board.feed, arrivals),
    missed: reduceMissed(board.missed, arrivals),
    rate: reduceRate(board.rate, arrivals),
    delay: reduceDelay(board.delay, arrivals),
  };
}
