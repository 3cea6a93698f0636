// What events tell of jobs, and what the reducer makes of their times.
import { expect, test } from 'vitest';
import { event, progress } from './arrivals';
import { compareIds } from './eventId';
import { LINE_MAX, readJobEvent } from './jobEvent';
import { listJobs, noJobs, reduceJobs } from './jobs';

const log = (data: string) => readJobEvent(event({ channel: 'jobs/a', name: 'log', data }));

test('a line of the log is one with a task, without, and as plain text', () => {
  expect(log('{"task":"b","line":"x"}')).toMatchObject({ task: 'b', line: 'x', progress: null });
  expect(log('{"line":"x"}')).toMatchObject({ task: 'a', line: 'x' });
  expect(log('just text')).toMatchObject({ task: 'a', line: 'just text' });
  expect(log('{"task":"b"}')).toBeNull();
  expect(log(JSON.stringify({ line: 'x'.repeat(100_000) }))?.line).toHaveLength(LINE_MAX + 1);
});

test('what comes live is of now; what is told of the past is of when it was published, never of the future', () => {
  const id = '500-0';
  expect(readJobEvent({ ...progress('a', {}), id, arrived: 900 })?.at).toBe(900);
  expect(readJobEvent({ ...progress('a', {}), id, arrived: 900, live: false })?.at).toBe(500);
  expect(readJobEvent({ ...progress('a', {}), id, arrived: 400, live: false })?.at).toBe(400);
  expect(readJobEvent({ ...progress('a', {}), id: null, arrived: 900, live: false })?.at).toBe(900);
});

test('ids compare as numbers, and what is none is newer', () => {
  expect(compareIds('9-10', '9-9')).toBeGreaterThan(0);
  expect(compareIds('9-10', '10-0')).toBeLessThan(0);
  expect(compareIds('9-10', '9-10')).toBe(0);
  expect(compareIds(null, '9-10')).toBeGreaterThan(0);
  expect(compareIds('9-10', null)).toBeGreaterThan(0);
});

test('a job of which only a line is known runs', () => {
  const jobs = reduceJobs(noJobs, [event({ channel: 'jobs/a', name: 'log', data: '{"line":"x"}' })]);
  expect(listJobs(jobs)).toMatchObject([{ task: 'a', state: 'running', percent: null, told: 1 }]);
});

test('a line after the end leaves state and times, and is a word', () => {
  const end = { ...progress('a', { state: 'failed', duration: 60, exit: 1 }), arrived: 100_000 };
  const late = event({ channel: 'jobs/a', name: 'log', data: '{"task":"a","line":"x"}', arrived: 160_000 });
  const [job] = listJobs(reduceJobs(noJobs, [end, late]));
  expect(job).toMatchObject({ state: 'failed', startedAt: 40_000, startSeen: true, changedAt: 100_000, heardAt: 160_000 });
});

test('a beginning that is told again changes nothing', () => {
  const told = [1, 2, 3].map((n) => ({ ...progress('a', { percent: n }), id: `${String(n)}-0`, live: false }));
  const jobs = reduceJobs(noJobs, told);
  expect(reduceJobs(jobs, told)).toBe(jobs);
  // What comes live counts in any case: the clock of Redis may have been set back.
  expect(listJobs(reduceJobs(jobs, [{ ...progress('a', { percent: 9 }), id: '1-0' }]))[0]?.percent).toBe(9);
});

test('the order stays the same object while nobody comes and nobody changes', () => {
  const jobs = reduceJobs(noJobs, [progress('a', {}), progress('b', {})]);
  expect(reduceJobs(jobs, [progress('a', { percent: 5 })]).order).toBe(jobs.order);
  expect(reduceJobs(jobs, [progress('a', { state: 'done' })]).order).toEqual(['jobs/b\nb', 'jobs/a\na']);
});

test('jobs are listed by text, in any case, and by state', () => {
  const jobs = reduceJobs(noJobs, [progress('Backup', {}), progress('build', { state: 'failed' }), progress('b/x', {})]);
  const tasks = (...filter: [string, ('running' | 'failed' | null)?]) => listJobs(jobs, ...filter).map(({ task }) => task);
  expect(tasks('')).toEqual(['Backup', 'b/x', 'build']);
  expect(tasks(' bU')).toEqual(['build']);
  expect(tasks('jobs/b', 'running')).toEqual(['Backup', 'b/x']);
  expect(tasks('', 'failed')).toEqual(['build']);
});
