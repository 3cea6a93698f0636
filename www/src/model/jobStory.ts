// All that is known of one job: what its channel's log keeps, then what came since.
import { compareIds, publishedAt } from './eventId';
import type { Job, Told } from './jobs';
import { addPoint, type Trace } from './jobTrace';

export interface Story {
  /** Lines and changes, the oldest first. */
  entries: readonly Told[];
  /** How many more there were. */
  missed: number;
  trace: Trace;
  /** The job as of which this is. */
  job: Job;
  /** Up to which id the log was read; null if it was not. */
  horizon: string | null;
}

export const STORY = { told: 1_000, points: 240 };

/** Whether `job` is a later run than the one that its log told of; by Redis' clock, which both ids have. */
function isLater(job: Job, past: Job): boolean {
  return job.start > (publishedAt(past.lastId) ?? past.heardAt);
}

/** `job` as the board knows it, with what only its log tells: when it began, and how it is if the board has but lines. */
export function withPast(job: Job, past: Job | null): Job {
  if (past === null || job.startSeen || isLater(job, past)) return job;
  const { startedAt, start, startSeen } = past;
  const { recent, told, heardAt, trace, lastId } = job;
  return job.reported ? { ...job, startedAt, start, startSeen } : { ...past, recent, told, heardAt, trace, lastId };
}

/** The story of `job` as the board knows it, behind what its log told up to `horizon`, if it was read. */
export function startStory(job: Job, past: Job | null, horizon: string | null): Story {
  if (past === null) {
    return { entries: job.recent, missed: job.told - job.recent.length, trace: job.trace, job, horizon };
  }
  const entries = [...past.recent, ...job.recent.filter(({ id }) => compareIds(id, horizon) > 0)];
  const trace = isLater(job, past) ? job.trace : past.trace;
  return bounded({ entries, missed: past.told - past.recent.length, trace, job, horizon });
}

/** `story` after the board has heard more of its job. */
export function followStory(story: Story, job: Job): Story {
  if (job === story.job) return story;
  const { horizon } = story;
  const fresh = job.recent.filter(({ n }) => n > story.job.told);
  const passed = job.told - story.job.told - fresh.length;
  const news = fresh.filter(({ id }) => compareIds(id, horizon) > 0);
  const point = { at: job.heardAt, percent: job.percent, moved: job.moved };
  const again = job.trace.points[0] !== story.job.trace.points[0];
  return bounded({
    entries: news.length > 0 ? [...story.entries, ...news] : story.entries,
    missed: story.missed + passed,
    trace: again ? job.trace : addPoint(story.trace, point, STORY.points),
    job,
    horizon,
  });
}

function bounded(story: Story): Story {
  const over = story.entries.length - STORY.told;
  return over <= 0 ? story : { ...story, entries: story.entries.slice(over), missed: story.missed + over };
}
