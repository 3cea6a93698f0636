// The jobs in time: when each began and ended, by the clock of Redis.
import type { Job, Jobs } from './jobs';

export type JobSpan = Pick<Job, 'key' | 'task' | 'state' | 'start' | 'startSeen' | 'end'>;

/** The latest `most` jobs: those that run, then those that ended last. */
export function latestSpans({ byKey }: Jobs, most: number): JobSpan[] {
  return [...byKey.values()]
    .sort((a, b) => (b.end ?? Infinity) - (a.end ?? Infinity) || b.start - a.start)
    .slice(0, most);
}
