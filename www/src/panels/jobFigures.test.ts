// The numbers of a row.
import { expect, test } from 'vitest';
import { progress } from '../model/arrivals';
import { listJobs, noJobs, reduceJobs } from '../model/jobs';
import { durationText, rateText } from './format';
import { jobFigures } from './jobFigures';

const START = 1_000_000_000;

function figures(after: number, ...said: [number, Record<string, unknown>][]) {
  const arrivals = said.map(([at, fields]) => ({ ...progress('a', fields), arrived: START + at * 1_000 }));
  const [job] = listJobs(reduceJobs(noJobs, arrivals));
  if (job === undefined) throw new Error('there is no job');
  return jobFigures(job, START + after * 1_000);
}

test('rate and time left are those that the job says, less what has passed since', () => {
  const said = { moved: 10, total: 100, unit: 'bytes', rate: 2_097_152, eta: 90 };
  expect(figures(5, [0, said])).toMatchObject({ rate: '2.0 MiB/s', eta: '1 min 25 s left', amount: '10 B of 100 B' });
});

test('where it says none they are seen from its progress', () => {
  const seen = figures(10, [0, { moved: 0, total: 100, unit: 'files' }], [10, { moved: 20, total: 100, unit: 'files' }]);
  expect(seen).toMatchObject({ rate: '2 files/s', eta: '40 s left', percent: '20.0%', age: 'over 10 s', silence: '' });
});

test('a job that has been silent for long says so, and claims no rate', () => {
  const silent = figures(95, [0, { moved: 1, total: 2, rate: 5, eta: 5 }]);
  expect(silent).toMatchObject({ silence: 'silent 1 min 35 s', rate: '', eta: '' });
  expect(figures(29, [0, { moved: 1, total: 2 }]).silence).toBe('');
});

test('what is over says how and since when', () => {
  const failed = { state: 'failed', exit: 2, duration: 3 };
  expect(figures(60, [0, failed])).toMatchObject({ end: 'exit 2', age: '1 min 00 s ago', rate: '', eta: '', silence: '' });
  expect(figures(60, [0, { ...failed, exit: 137, signal: 'SIGKILL' }]).end).toBe('SIGKILL');
  expect(figures(60, [0, { state: 'done', exit: 0 }]).end).toBe('');
  expect(figures(60, [0, { ...failed, reason: 'the disk is full' }]).end).toBe('the disk is full, exit 2');
  expect(figures(60, [0, { state: 'lost', reason: 'the disk is full' }]).end).toBe('the disk is full');
  expect(figures(60, [0, { moved: 1, reason: 'the disk is full' }]).end).toBe('');
});

test('a count of nothing, or of percent, is left out', () => {
  expect(figures(0, [0, { moved: 0, total: 0 }]).amount).toBe('');
  expect(figures(0, [0, { moved: 4, total: 100, unit: '%' }]).amount).toBe('');
  expect(figures(0, [0, { moved: 4, total: 0, unit: 'files' }]).amount).toBe('4 files');
});

test('durations and rates are short and exact', () => {
  const texts = [-5, 0, 59_999, 60_000, 245_000, 3_600_000, 11_100_000, 187_200_000].map(durationText);
  expect(texts).toEqual(['0 s', '0 s', '59 s', '1 min 00 s', '4 min 05 s', '1 h 00 min', '3 h 05 min', '2 d 4 h']);
  expect([rateText(1_234.56, ''), rateText(0.5, 'files')]).toEqual(['1,234.6/s', '0.5 files/s']);
});
