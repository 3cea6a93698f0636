// Progress events and the reducer of the jobs.
import { describe, expect, test } from 'vitest';
import { event, progress } from './arrivals';
import { countStates, JOBS_MAX, listJobs, noJobs, reduceJobs } from './jobs';
import { parseProgress } from './progress';

function read(fields: Record<string, unknown>) {
  return parseProgress('jobs/backup', JSON.stringify({ task: 'backup', state: 'running', ...fields }));
}

describe('a progress event', () => {
  test('is read as it is published', () => {
    expect(read({ moved: 45, total: 100, percent: '45.00', unit: 'files' })).toEqual({
      task: 'backup',
      state: 'running',
      percent: 45,
      moved: 45,
      total: 100,
      unit: 'files',
      rate: null,
      eta: null,
      file: '',
      reason: '',
      exit: null,
      signal: '',
      duration: null,
    });
  });

  test('that is the last one says how it ended', () => {
    const data = { state: 'failed', exit: 137, signal: 'SIGKILL', duration: 1.409, rate: 42.5, eta: '3', file: 'a/b' };
    expect(read(data)).toMatchObject({ ...data, eta: 3 });
    expect(read({ reason: 'the disk is full' })?.reason).toBe('the disk is full');
    expect(read({ reason: 'x'.repeat(100_000) })?.reason).toHaveLength(501);
    expect(read({ reason: { code: 1 } })?.reason).toBe('');
  });

  test.each([
    ['missing', {}, null],
    ['missing, but moved and total known', { moved: 1, total: 4 }, 25],
    ['"NaN"', { percent: 'NaN', moved: 1, total: 4 }, 25],
    ['empty', { percent: '' }, null],
    ['above 100', { percent: '250' }, 100],
    ['below 0', { percent: -3 }, 0],
    ['infinite', { percent: '1e999' }, null],
    ['missing with a total of 0', { moved: 0, total: 0 }, null],
    ['missing with more moved than there was', { moved: 9, total: 4 }, 100],
    ['an object', { percent: {} }, null],
  ])('whose percent is %s has a percent from 0 to 100 or none', (_, fields, percent) => {
    expect(read(fields)?.percent).toBe(percent);
  });

  test('that is done without numbers is at 100 percent', () => {
    expect(read({ state: 'done', moved: 0, total: 0 })?.percent).toBe(100);
  });

  test('without a task is named after its channel', () => {
    expect(parseProgress('jobs/a/b', '{"percent":1}')?.task).toBe('a/b');
  });

  test('with amounts below 0 or no numbers has none', () => {
    expect(read({ moved: -1, total: 'many' })).toMatchObject({ moved: null, total: null });
  });

  test('with a state nobody knows is none, and so is what is no JSON object', () => {
    expect(read({ state: 'paused' })).toBeNull();
    expect(read({ state: null })).toBeNull();
    for (const data of ['', 'text', '7', 'null', '[]', '{']) expect(parseProgress('jobs/a', data)).toBeNull();
  });

  test('with an endless name or unit is cut', () => {
    const endless = 'x'.repeat(200_000);
    expect(parseProgress('jobs/a', JSON.stringify({ task: 'y'.repeat(500) }))?.task).toHaveLength(500);
    expect(read({ task: endless })?.task).toHaveLength(501);
    expect(read({ unit: endless })?.unit).toHaveLength(21);
  });
});

describe('the jobs', () => {
  test('hold the newest progress of each task', () => {
    const jobs = reduceJobs(noJobs, [
      progress('a', { percent: 1 }),
      progress('b', { percent: 2 }),
      progress('a', { percent: 3 }),
    ]);
    expect(listJobs(jobs).map(({ task, percent }) => [task, percent])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });

  test('are told of by every report of theirs, from the start to the end', () => {
    const report = (name: string, state: string) =>
      event({ channel: 'jobs/a', name, data: JSON.stringify({ task: 'a', state }) });
    let jobs = noJobs;
    for (const [name, state] of [
      ['start', 'running'],
      ['progress', 'running'],
      ['failed', 'failed'],
      ['start', 'running'],
      ['done', 'done'],
      ['lost', 'lost'],
    ] as const) {
      const before = jobs;
      jobs = reduceJobs(jobs, [report(name, state)]);
      expect(jobs).not.toBe(before);
      expect(listJobs(jobs).map((job) => job.state)).toEqual([state]);
    }
  });

  test('keep two tasks of one channel apart', () => {
    const of = (task: string) => event({ channel: 'jobs/x', name: 'progress', data: JSON.stringify({ task }) });
    expect(reduceJobs(noJobs, [of('a'), of('b'), of('a')]).byKey.size).toBe(2);
  });

  test('are the same object where nothing concerns them', () => {
    const jobs = reduceJobs(noJobs, [progress('a', {})]);
    const others = [
      event({ channel: 'jobs/a', name: 'log', data: '{"task":"a"}' }),
      event({ channel: 'clock', name: 'progress', data: '{"task":"a"}' }),
      event({ channel: 'jobs/a', name: 'message', data: '{"task":"a"}' }),
      event({ channel: 'jobs/a', name: 'progress', data: 'text' }),
    ];
    expect(reduceJobs(jobs, others)).toBe(jobs);
  });

  test('that did not change keep their identity', () => {
    const before = reduceJobs(noJobs, [progress('a', {}), progress('b', {})]);
    const after = reduceJobs(before, [progress('b', { percent: 5 })]);
    expect(after.byKey.get('jobs/a\na')).toBe(before.byKey.get('jobs/a\na'));
  });

  test('are in order: running as they came, then failed and lost, then done, the latest first', () => {
    const jobs = reduceJobs(noJobs, [
      progress('done first', { state: 'done' }),
      progress('lost', { state: 'lost' }),
      progress('one', {}),
      progress('two', {}),
      progress('failed', { state: 'failed' }),
      progress('done last', { state: 'done' }),
      progress('one', { percent: 50 }),
      progress('lost', { state: 'lost' }),
    ]);
    expect(listJobs(jobs).map(({ task }) => task)).toEqual(['one', 'two', 'failed', 'lost', 'done last', 'done first']);
    expect(countStates(jobs)).toEqual({ running: 2, failed: 1, lost: 1, done: 2 });
  });

  test('are bounded in each state: what was silent for longest goes', () => {
    let jobs = reduceJobs(noJobs, [progress('running', {}), progress('failed', { state: 'failed' })]);
    for (let i = 0; i < 3_000; i++) jobs = reduceJobs(jobs, [progress(`t${String(i)}`, { state: 'done' })]);
    expect(countStates(jobs)).toEqual({ running: 1, failed: 1, lost: 0, done: JOBS_MAX });
    expect(jobs.dropped).toBe(true);
    const tasks = listJobs(jobs).map(({ task }) => task);
    expect(tasks.slice(0, 3)).toEqual(['running', 'failed', 't2999']);
    expect(tasks.at(-1)).toBe(`t${String(3_000 - JOBS_MAX)}`);
  });

  test('keep a late failure, however many run', () => {
    const running = Array.from({ length: 2_000 }, (_, i) => progress(`t${String(i)}`, {}));
    const jobs = reduceJobs(reduceJobs(noJobs, [progress('failed', { state: 'failed' })]), running);
    const more = Array.from({ length: 4_000 }, (_, i) => progress(`u${String(i)}`, {}));
    expect(countStates(reduceJobs(jobs, more))).toEqual({ running: JOBS_MAX, failed: 1, lost: 0, done: 0 });
  });

  test('are bounded also when thousands of channels come at once', () => {
    const arrivals = Array.from({ length: 5_000 }, (_, i) => progress(`t${String(i)}`, {}));
    expect(reduceJobs(noJobs, arrivals).byKey.size).toBe(JOBS_MAX);
  });
});
