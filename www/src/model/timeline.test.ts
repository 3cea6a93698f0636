// When jobs began and ended.
import { expect, test } from 'vitest';
import type { PublishedEvent } from '../stream/arrival';
import { progress } from './arrivals';
import { latestSpans, noTimeline, reduceTimeline, SPANS_MAX } from './timeline';

/** A progress event of `task`, published at `at` ms. */
function at(ms: number, task: string, name: string, fields: Record<string, unknown> = {}): PublishedEvent {
  return { ...progress(task, fields), name, id: `${String(ms)}-0` };
}

const span = (...events: PublishedEvent[]) => [...reduceTimeline(noTimeline, events).spans.values()][0];

test('a job lasts from its start to its end', () => {
  expect(span(at(1_000, 'a', 'start'), at(2_000, 'a', 'progress'))).toMatchObject({ state: 'running', start: 1_000, isStartKnown: true, end: null });
  expect(span(at(1_000, 'a', 'start'), at(9_000, 'a', 'failed', { state: 'failed' }))).toMatchObject({
    state: 'failed',
    start: 1_000,
    end: 9_000,
  });
});

test('a job that was running before is open at its beginning', () => {
  expect(span(at(5_000, 'a', 'progress'))).toMatchObject({ start: 5_000, isStartKnown: false, end: null });
});

test('an end that says how long it took tells when it began', () => {
  expect(span(at(10_000, 'a', 'done', { state: 'done', duration: 4.5 }))).toMatchObject({ start: 5_500, isStartKnown: true, end: 10_000 });
  expect(span(at(10_000, 'a', 'done', { state: 'done', duration: 'x' }))).toMatchObject({ start: 10_000, isStartKnown: false });
});

test('a job that runs again is a new bar in the same row', () => {
  const events = [at(1_000, 'a', 'start'), at(2_000, 'a', 'done', { state: 'done' }), at(5_000, 'a', 'progress')];
  expect(span(...events)).toMatchObject({ state: 'running', start: 5_000, end: null });
  expect(reduceTimeline(noTimeline, events).spans.size).toBe(1);
});

test('a job that was taken for lost and is back goes on where it was', () => {
  const lost = [at(1_000, 'a', 'start'), at(2_000, 'a', 'lost', { state: 'lost' })];
  expect(span(...lost)).toMatchObject({ state: 'lost', end: 2_000 });
  expect(span(...lost, at(3_000, 'a', 'progress'))).toMatchObject({ state: 'running', start: 1_000, end: null });
});

test('progress, repeats of an end and other events change nothing', () => {
  const timeline = reduceTimeline(noTimeline, [at(1_000, 'a', 'start'), at(1_000, 'b', 'start'), at(2_000, 'b', 'done', { state: 'done' })]);
  const others = [at(3_000, 'a', 'progress'), at(3_000, 'b', 'done', { state: 'done' }), { ...at(3_000, 'a', 'log'), data: '{"line":"x"}' }];
  expect(reduceTimeline(timeline, others)).toBe(timeline);
});

test('the timeline is bounded, and what is over goes first', () => {
  const running = Array.from({ length: SPANS_MAX - 1 }, (_, i) => at(i, `r${String(i)}`, 'start'));
  const over = at(5, 'over', 'done', { state: 'done' });
  const { spans } = reduceTimeline(noTimeline, [over, ...running, at(9_000, 'new', 'start')]);
  expect(spans.size).toBe(SPANS_MAX);
  expect(spans.has('jobs/over\nover')).toBe(false);
  expect(reduceTimeline({ spans }, [at(9_001, 'newer', 'start')]).spans.size).toBe(SPANS_MAX);
});

test('the latest are those that run, and then those that ended last', () => {
  const timeline = reduceTimeline(noTimeline, [
    at(1, 'old', 'start'),
    at(2, 'early', 'done', { state: 'done', duration: 0 }),
    at(3, 'late', 'failed', { state: 'failed', duration: 0 }),
    at(4, 'new', 'start'),
  ]);
  expect(latestSpans(timeline, 3).map(({ task }) => task)).toEqual(['new', 'old', 'late']);
});
