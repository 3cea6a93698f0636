// The whole board: one reducer over its parts.
import type { Arrival } from '../stream/arrival';
import { type Delay, noDelay, reduceDelay } from './delay';
import { emptyFeed, type Feed, reduceFeed } from './feed';
import { type AllMissed, nothingMissed, reduceMissed } from './feedMissed';
import { type Jobs, noJobs, reduceJobs } from './jobs';
import { noRate, type Rate, reduceRate } from './rate';
import { noTimeline, reduceTimeline, type Timeline } from './timeline';

export interface Board {
  jobs: Jobs;
  feed: Feed;
  missed: AllMissed;
  rate: Rate;
  delay: Delay;
  timeline: Timeline;
}

export const emptyBoard: Board = {
  jobs: noJobs,
  feed: emptyFeed,
  missed: nothingMissed,
  rate: noRate,
  delay: noDelay,
  timeline: noTimeline,
};

export function reduceBoard(board: Board, arrivals: readonly Arrival[]): Board {
  return {
    jobs: reduceJobs(board.jobs, arrivals),
    feed: reduceFeed(board.feed, arrivals),
    missed: reduceMissed(board.missed, arrivals),
    rate: reduceRate(board.rate, arrivals),
    delay: reduceDelay(board.delay, arrivals),
    timeline: reduceTimeline(board.timeline, arrivals),
  };
}
