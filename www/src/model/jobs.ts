// The jobs: the newest progress of each task on the channels `jobs/<name>`.
import type { Arrival } from '../stream/arrival';
import { type JobState, parseProgress, type Progress } from './progress';

export interface Job extends Progress {
  /** Unique: channel and task, since one channel may carry several tasks. */
  key: string;
  channel: string;
  /** Counts up over all jobs: when this one first appeared, last changed its state, was last heard of. */
  first: number;
  changed: number;
  heard: number;
}

export interface Jobs {
  byKey: ReadonlyMap<string, Job>;
  /** How many progress events there were; the clock of `first`, `changed` and `heard`. */
  count: number;
  /** Whether jobs were dropped to stay within the bound. */
  dropped: boolean;
}

export const JOBS_MAX = 500;

/** The events with which a job tells how it is; the last ones come once, and then it is over. */
const REPORTS: ReadonlySet<string> = new Set(['start', 'progress', 'done', 'failed', 'lost']);

export const noJobs: Jobs = { byKey: new Map(), count: 0, dropped: false };

/** The jobs after `arrivals`; the same object if none of them is a progress event. */
export function reduceJobs(jobs: Jobs, arrivals: readonly Arrival[]): Jobs {
  let byKey: Map<string, Job> | null = null;
  let count = jobs.count;
  for (const arrival of arrivals) {
    if (arrival.kind !== 'event' || !REPORTS.has(arrival.name) || !arrival.channel.startsWith('jobs/')) continue;
    const progress = parseProgress(arrival.channel, arrival.data);
    if (progress === null) continue;
    byKey ??= new Map(jobs.byKey);
    count += 1;
    const key = `${arrival.channel}\n${progress.task}`;
    const before = byKey.get(key);
    const changed = before?.state === progress.state ? before.changed : count;
    byKey.set(key, { ...progress, key, channel: arrival.channel, first: before?.first ?? count, changed, heard: count });
  }
  if (byKey === null) return jobs;
  const dropped = byKey.size > JOBS_MAX;
  if (dropped) byKey = bounded(byKey);
  return { byKey, count, dropped: jobs.dropped || dropped };
}

// What is done goes first, then what was not heard of for longest: however much runs, a failure of a
// moment ago stays in sight.
function bounded(byKey: Map<string, Job>): Map<string, Job> {
  const done = (job: Job) => (job.state === 'done' ? 1 : 0);
  const jobs = [...byKey.values()].sort((a, b) => done(a) - done(b) || b.heard - a.heard);
  return new Map(jobs.slice(0, JOBS_MAX).map((job) => [job.key, job]));
}

const RANK: Record<JobState, number> = { running: 0, failed: 1, lost: 1, done: 2 };

/** Running first, in the order they appeared, so that rows keep still; then failed and lost, then
 * done, the latest first. */
export function inOrder(jobs: Jobs): Job[] {
  return [...jobs.byKey.values()].sort((a, b) => {
    if (RANK[a.state] !== RANK[b.state]) return RANK[a.state] - RANK[b.state];
    return a.state === 'running' ? a.first - b.first : b.changed - a.changed;
  });
}

/** How many jobs are in each state. */
export function countStates(jobs: Jobs): Record<JobState, number> {
  const counts: Record<JobState, number> = { running: 0, failed: 0, lost: 0, done: 0 };
  for (const job of jobs.byKey.values()) counts[job.state] += 1;
  return counts;
}
