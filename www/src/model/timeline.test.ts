// When jobs began and ended.
import { expect, test } from 'vitest';
import type { PublishedEvent } from '../stream/arrival';
import { progress } from './arrivals';
import { noJobs, reduceJobs } from './jobs';
import { latestSpans } from './timeline';

/** A progress event of `task`, published at `at` ms. */
function at(ms: number, task: string, name: string, fields: Record<string, unknown> = {}): PublishedEvent {
  return { ...progress(task, fields), name, id: `${String(ms)}-0` };
}

const spans = (events: readonly PublishedEvent[]) => latestSpans(reduceJobs(noJobs, events), 9);
const span = (...events: PublishedEvent[]) => spans(events)[0];

test('a job lasts from its start to its end', () => {
  expect(span(at(1_000, 'a', 'start'), at(2_000, 'a', 'progress'))).toMatchObject({ state: 'running', start: 1_000, startSeen: true, end: null });
  expect(span(at(1_000, 'a', 'start'), at(9_000, 'a', 'failed', { state: 'failed' }))).toMatchObject({
    state: 'failed',
    start: 1_000,
    end: 9_000,
  });
});

test('a job that was running before, or of which only a line is known, is open at its beginning', () => {
  expect(span(at(5_000, 'a', 'progress'))).toMatchObject({ start: 5_000, startSeen: false, end: null });
  const line = { ...at(5_000, 'a', 'log'), data: '{"task":"a","line":"x"}' };
  expect(span(line)).toMatchObject({ state: 'running', start: 5_000, startSeen: false, end: null });
});

test('an end that says how long it took tells when it began', () => {
  expect(span(at(10_000, 'a', 'done', { state: 'done', duration: 4.5 }))).toMatchObject({ start: 5_500, startSeen: true, end: 10_000 });
  expect(span(at(10_000, 'a', 'done', { state: 'done', duration: 'x' }))).toMatchObject({ start: 10_000, startSeen: false });
});

test('a job that runs again is a new bar in the same row', () => {
  const events = [at(1_000, 'a', 'start'), at(2_000, 'a', 'done', { state: 'done' }), at(5_000, 'a', 'progress')];
  expect(span(...events)).toMatchObject({ state: 'running', start: 5_000, end: null });
  expect(spans(events)).toHaveLength(1);
});

test('a job that was taken for lost and is back goes on where it was', () => {
  const lost = [at(1_000, 'a', 'start'), at(2_000, 'a', 'lost', { state: 'lost' })];
  expect(span(...lost)).toMatchObject({ state: 'lost', end: 2_000 });
  expect(span(...lost, at(3_000, 'a', 'progress'))).toMatchObject({ state: 'running', start: 1_000, end: null });
});

test('an end that is told again does not move', () => {
  const done = (ms: number) => at(ms, 'a', 'done', { state: 'done' });
  expect(span(at(1_000, 'a', 'start'), done(2_000), done(3_000))).toMatchObject({ start: 1_000, end: 2_000 });
});

test('an end that says how long it took is that of another run', () => {
  const done = (ms: number) => at(ms, 'a', 'done', { state: 'done', duration: 4 });
  expect(span(done(100_000), done(200_000))).toMatchObject({ start: 196_000, end: 200_000 });
});

test('the latest are those that run, and then those that ended last', () => {
  const jobs = reduceJobs(noJobs, [
    at(1, 'old', 'start'),
    at(2, 'early', 'done', { state: 'done', duration: 0 }),
    at(3, 'late', 'failed', { state: 'failed', duration: 0 }),
    at(4, 'new', 'start'),
  ]);
  expect(latestSpans(jobs, 3).map(({ task }) => task)).toEqual(['new', 'old', 'late']);
});
