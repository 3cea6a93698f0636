// The jobs: what each task on the channels `jobs/<name>` last told of itself, and a little of the way there.
import type { Arrival } from '../stream/arrival';
import { compareIds } from './eventId';
import { type JobEvent, readJobEvent } from './jobEvent';
import { addPoint, startTrace, type Trace, TRACE_MAX } from './jobTrace';
import type { JobState, Progress } from './progress';

/** Something to remember of a job: a line of its log, or how it became what it is. */
export interface Told {
  /** Counts up from 1 over all that was told of this job. */
  n: number;
  id: string | null;
  at: number;
  /** Null where the job's state changed. */
  line: string | null;
  progress: Progress | null;
}

export interface Job extends Progress {
  /** Unique: channel and task, since one channel may carry several tasks. */
  key: string;
  channel: string;
  /** Whether it ever told how it is; else only lines of its log are known. */
  reported: boolean;
  /** Counts up over all jobs: when this one first appeared, and when it last changed its state. */
  first: number;
  changed: number;
  /** The same for its last word; and when that was, in ms. */
  heard: number;
  heardAt: number;
  /** When it became what it is, in ms. */
  changedAt: number;
  /** When this run began, in ms; if that was not seen, when it was first heard of. */
  startedAt: number;
  startSeen: boolean;
  /** When that was, and when it ended, by the clock of Redis, in ms; null while it runs. */
  start: number;
  end: number | null;
  trace: Trace;
  /** The latest lines and changes, the oldest first, and how many there ever were. */
  recent: readonly Told[];
  told: number;
  lastId: string | null;
}

export interface Jobs {
  byKey: ReadonlyMap<string, Job>;
  /** Keys: running first, in the order they appeared, so that rows keep still; then failed and lost, then done,
   * the latest first. The same object while nobody comes and nobody changes. */
  order: readonly string[];
  /** How many events there were; the clock of `first`, `changed` and `heard`. */
  count: number;
  /** Whether jobs were dropped to stay within the bound. */
  dropped: boolean;
}

/** How much is kept of each job. */
export interface Bounds {
  /** Lines and changes; 2 at least. */
  told: number;
  points: number;
}

/** So many in each state: however much runs, a failure of a moment ago stays in sight. */
export const JOBS_MAX = 600;
const BOARD: Bounds = { told: 100, points: TRACE_MAX };

/** A job of which only a line of its log is known. Its end would be newer, so it runs. */
const UNSAID: Omit<Progress, 'task'> = {
  state: 'running',
  percent: null,
  moved: null,
  total: null,
  unit: '',
  rate: null,
  eta: null,
  file: '',
  reason: '',
  exit: null,
  signal: '',
  duration: null,
};

export const noJobs: Jobs = { byKey: new Map(), order: [], count: 0, dropped: false };

/** The jobs after `arrivals`; the same object if none of them tells of a job. */
export function reduceJobs(jobs: Jobs, arrivals: readonly Arrival[], bounds = BOARD): Jobs {
  let byKey: Map<string, Job> | null = null;
  let { count } = jobs;
  let moved = false;
  for (const arrival of arrivals) {
    const event = arrival.kind === 'event' ? readJobEvent(arrival) : null;
    if (event === null || arrival.kind !== 'event') continue;
    const key = jobKey(arrival.channel, event.task);
    const before = (byKey ?? jobs.byKey).get(key);
    // A stream that was cut before it was live tells its beginning again.
    if (before !== undefined && !arrival.live && compareIds(event.id, before.lastId) <= 0) continue;
    byKey ??= new Map(jobs.byKey);
    count += 1;
    const job = nextJob(before, event, { key, channel: arrival.channel, count, bounds });
    byKey.set(key, job);
    moved ||= before?.state !== job.state;
  }
  if (byKey === null) return jobs;
  if (!moved) return { ...jobs, byKey, count };
  const kept = bounded(byKey);
  return { byKey: kept, order: inOrder(kept), count, dropped: jobs.dropped || kept.size < byKey.size };
}

function jobKey(channel: string, task: string): string {
  return `${channel}\n${task}`;
}

interface Place {
  key: string;
  channel: string;
  count: number;
  bounds: Bounds;
}

function nextJob(before: Job | undefined, event: JobEvent, { key, channel, count, bounds }: Place): Job {
  const { id, at, published, line } = event;
  const progress = event.progress ?? before ?? { ...UNSAID, task: event.task };
  const changes = before?.state !== progress.state;
  const over = progress.state !== 'running';
  // What was over and runs again is a new run, also where nobody says `start`; what was taken for lost is back.
  const starts = event.starts || (before !== undefined && before.state !== 'lost' && changes && !over);
  const remembered = event.progress === null || starts || (changes && (over || before !== undefined));
  const told = (before?.told ?? 0) + (remembered ? 1 : 0);
  const recent = before?.recent ?? [];
  const entry = { n: told, id, at, line: event.progress === null ? line : null, progress: event.progress };
  const point = { at, percent: progress.percent, moved: progress.moved };
  return {
    ...progress,
    key,
    channel,
    reported: event.progress !== null || before?.reported === true,
    first: before?.first ?? count,
    changed: changes ? count : before.changed,
    heard: count,
    heardAt: at,
    changedAt: changes || starts ? at : before.changedAt,
    ...started(before, event, starts),
    end: over ? (changes || (event.progress?.duration ?? null) !== null ? published : before.end) : null,
    trace: before === undefined || starts ? startTrace(point) : addPoint(before.trace, point, bounds.points),
    recent: remembered ? [...recent.slice(1 - bounds.told), entry] : recent,
    told,
    lastId: id ?? before?.lastId ?? null,
  };
}

// A job that is over says how long it took, which is as good as having seen its start.
function started(before: Job | undefined, { at, published, progress }: JobEvent, starts: boolean) {
  const duration = progress?.duration ?? null;
  if (duration === null && before !== undefined && !starts) {
    return { startedAt: before.startedAt, start: before.start, startSeen: before.startSeen };
  }
  const lasted = (duration ?? 0) * 1000;
  return { startedAt: at - lasted, start: published - lasted, startSeen: starts || duration !== null };
}

// What was not heard of for longest goes.
function bounded(byKey: ReadonlyMap<string, Job>): ReadonlyMap<string, Job> {
  if (byKey.size <= JOBS_MAX) return byKey;
  const room = { running: JOBS_MAX, failed: JOBS_MAX, lost: JOBS_MAX, done: JOBS_MAX };
  const jobs = [...byKey.values()].sort((a, b) => b.heard - a.heard).filter(({ state }) => room[state]-- > 0);
  return new Map(jobs.map((job) => [job.key, job]));
}

const RANK: Record<JobState, number> = { running: 0, failed: 1, lost: 1, done: 2 };

function inOrder(byKey: ReadonlyMap<string, Job>): string[] {
  const jobs = [...byKey.values()].sort((a, b) => {
    if (RANK[a.state] !== RANK[b.state]) return RANK[a.state] - RANK[b.state];
    return a.state === 'running' ? a.first - b.first : b.changedAt - a.changedAt || b.changed - a.changed;
  });
  return jobs.map(({ key }) => key);
}

/** The jobs in their order: all, or those in `state` whose task or channel has `text` in it. */
export function listJobs({ byKey, order }: Jobs, text = '', state: JobState | null = null): Job[] {
  const wanted = text.trim().toLowerCase();
  return order.flatMap((key) => {
    const job = byKey.get(key);
    if (job === undefined || (state !== null && job.state !== state)) return [];
    return wanted === '' || `${job.channel} ${job.task}`.toLowerCase().includes(wanted) ? [job] : [];
  });
}

/** How many jobs are in each state. */
export function countStates(jobs: Jobs): Record<JobState, number> {
  const counts: Record<JobState, number> = { running: 0, failed: 0, lost: 0, done: 0 };
  for (const job of jobs.byKey.values()) counts[job.state] += 1;
  return counts;
}
