// The whole board: one reducer over its parts.
import type { Arrival } from '../stream/arrival';
import { emptyFeed, type Feed, reduceFeed } from './feed';
import { type Jobs, noJobs, reduceJobs } from './jobs';
import { noRate, type Rate, reduceRate } from './rate';

export interface Board {
  jobs: Jobs;
  feed: Feed;
  rate: Rate;
}

export const emptyBoard: Board = { jobs: noJobs, feed: emptyFeed, rate: noRate };

export function reduceBoard(board: Board, arrivals: readonly Arrival[]): Board {
  return {
    jobs: reduceJobs(board.jobs, arrivals),
    feed: reduceFeed(board.feed, arrivals),
    rate: reduceRate(board.rate, arrivals),
  };
}
