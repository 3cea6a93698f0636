// A job's story out of its log and the board.
import { expect, test } from 'vitest';
import type { PublishedEvent } from '../stream/arrival';
import { event } from './arrivals';
import { type Job, type Jobs, noJobs, reduceJobs } from './jobs';
import { followStory, startStory, STORY, withPast } from './jobStory';

let seconds = 0;

function said(name: string, fields: Record<string, unknown>, id: string | null = null): PublishedEvent {
  seconds += 1;
  const data = JSON.stringify({ task: 'a', ...fields });
  return event({ channel: 'jobs/a', name, data, id, arrived: 1_000_000_000 + seconds * 1_000 });
}

const line = (n: number) => said('log', { line: `line ${String(n)}` }, `${String(n)}-0`);

function only(jobs: Jobs): Job {
  const job = jobs.byKey.get('jobs/a\na');
  if (job === undefined) throw new Error('there is no such job');
  return job;
}

const lines = ({ entries }: { entries: Job['recent'] }) => entries.flatMap((entry) => entry.line ?? []);

test('what the log and the board both have is told once, whichever is ahead', () => {
  const all = Array.from({ length: 40 }, (_, i) => line(i + 1));
  for (const horizon of [0, 10, 25, 40]) {
    for (const heard of [10, 25, 40]) {
      const past = reduceJobs(noJobs, all.slice(0, horizon), STORY);
      let board = reduceJobs(noJobs, all.slice(0, heard));
      let story = startStory(only(board), past.byKey.get('jobs/a\na') ?? null, horizon === 0 ? null : `${String(horizon)}-0`);
      for (const next of all.slice(heard)) {
        board = reduceJobs(board, [next]);
        story = followStory(story, only(board));
      }
      expect(lines(story)).toEqual(all.map((_, i) => `line ${String(i + 1)}`));
      expect(story.missed).toBe(0);
    }
  }
});

test('lines that came faster than the board keeps them are counted as missed', () => {
  const board = reduceJobs(noJobs, [line(1)]);
  const story = startStory(only(board), null, null);
  const flood = Array.from({ length: 250 }, (_, i) => line(i + 2));
  const after = followStory(story, only(reduceJobs(board, flood)));
  expect(after.missed).toBe(150);
  expect(lines(after)).toHaveLength(101);
  expect(lines(after).at(-1)).toBe('line 251');
});

test('a story is bounded', () => {
  let board = reduceJobs(noJobs, [line(1)]);
  let story = startStory(only(board), null, null);
  for (let n = 2; n <= STORY.told + 500; n++) {
    board = reduceJobs(board, [line(n)]);
    story = followStory(story, only(board));
  }
  expect(story.entries).toHaveLength(STORY.told);
  expect(story.missed).toBe(500);
});

test('starts and ends are kept with exit, signal and duration, and a new run draws a new line', () => {
  let board = reduceJobs(noJobs, [said('start', { state: 'running', moved: 0, total: 0 })]);
  let story = startStory(only(board), null, null);
  const tell = (next: PublishedEvent) => {
    board = reduceJobs(board, [next]);
    story = followStory(story, only(board));
  };
  tell(said('progress', { percent: 50 }));
  tell(said('failed', { state: 'failed', percent: 60, exit: 137, signal: 'SIGKILL', duration: 2 }));
  expect(story.trace.points).toHaveLength(3);
  tell(said('start', { state: 'running', percent: 0 }));
  expect(story.entries.map(({ progress }) => [progress?.state, progress?.exit, progress?.signal])).toEqual([
    ['running', null, ''],
    ['failed', 137, 'SIGKILL'],
    ['running', null, ''],
  ]);
  expect(story.trace.points.map(({ percent }) => percent)).toEqual([0]);
});

test('nothing new leaves the same story', () => {
  const job = only(reduceJobs(noJobs, [line(1)]));
  const story = startStory(job, null, null);
  expect(followStory(story, job)).toBe(story);
});

test('a job of which the board has but lines is how its log says, and its own newest word', () => {
  const start = said('start', { state: 'running', moved: 0, total: 40, unit: 'files' }, '1-0');
  const report = said('progress', { moved: 12, total: 40, unit: 'files' }, '2-0');
  const lines = [line(3), line(4)];
  const past = only(reduceJobs(noJobs, [start, report, ...lines], STORY));
  const known = only(reduceJobs(noJobs, [...lines, line(5)]));
  const job = withPast(known, past);
  expect(job).toMatchObject({ state: 'running', percent: 30, moved: 12, startSeen: true, startedAt: start.arrived });
  expect(job).toMatchObject({ lastId: '5-0', heardAt: known.heardAt, recent: known.recent, told: 3 });
  expect(withPast(known, null)).toBe(known);
});

test('a job that reports is how it says, and began when its log says', () => {
  const start = said('start', { state: 'running', percent: 0 }, '1-0');
  const past = only(reduceJobs(noJobs, [start, said('progress', { percent: 30 }, '2-0'), line(3)], STORY));
  const known = reduceJobs(noJobs, [{ ...line(3), arrived: start.arrived + 1_000 }, said('progress', { percent: 60 }, '4-0')]);
  expect(withPast(only(known), past)).toMatchObject({ percent: 60, startSeen: true, startedAt: start.arrived });
  const ended = only(reduceJobs(known, [said('failed', { state: 'failed', duration: 1 }, '5-0')]));
  expect(withPast(ended, past)).toBe(ended);
});

test('what the log tells of an earlier run is not of this one', () => {
  const past = only(reduceJobs(noJobs, [said('start', {}, '1-0'), said('done', { state: 'done' }, '2-0')], STORY));
  const known = only(reduceJobs(noJobs, [line(3)]));
  expect(withPast(known, past)).toBe(known);
});

test('a job that was first heard live a moment before its log was read is the one of the log', () => {
  const at = 1_700_000_000_000;
  const started = { ...said('start', { percent: 0 }, `${at}-1`), live: false, arrived: at + 61_000 };
  const word = { ...said('progress', { percent: 30 }, `${at + 60_000}-2`), arrived: at + 60_005 };
  const past = only(reduceJobs(noJobs, [started, { ...word, live: false, arrived: at + 61_000 }], STORY));
  const known = only(reduceJobs(noJobs, [word]));
  expect(known.startedAt).toBeGreaterThan(past.heardAt);
  expect(withPast(known, past)).toMatchObject({ startSeen: true, startedAt: at, percent: 30 });
  expect(startStory(withPast(known, past), past, word.id).trace).toBe(past.trace);
});
