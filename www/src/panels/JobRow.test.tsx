// What a row's button names is its own.
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { progress } from '../model/arrivals';
import { noJobs, reduceJobs } from '../model/jobs';
import { JobRow } from './JobRow';

test('a task has details of its own, whatever its name', () => {
  const jobs = reduceJobs(noJobs, [progress('backup', { task: 'a b' }), progress('backup', { task: 'a-b' })]);
  const row = { count: 2, top: 0, now: 0, open: true, onToggle: vi.fn(), read: () => vi.fn() };
  const rows = [...jobs.byKey.values()].map((job, index) => <JobRow key={job.key} {...{ ...row, job, index }} />);
  const ids = [...renderToStaticMarkup(rows).matchAll(/aria-controls="([^"]*)"/g)].map(([, id]) => id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});
