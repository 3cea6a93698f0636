// When each job began and ended, by the clock of Redis, which is in the ids.
import type { Arrival, PublishedEvent } from '../stream/arrival';
import { parseObject } from '../stream/wrapped';
import { publishedAt } from './eventId';
import { type JobState, parseProgress } from './progress';

export interface JobSpan {
  key: string;
  task: string;
  channel: string;
  state: JobState;
  /** In ms. */
  start: number;
  /** False if it began at an unknown time before `start`. */
  isStartKnown: boolean;
  /** Null while it runs. */
  end: number | null;
}

export interface Timeline {
  /** In the order in which they began. */
  spans: ReadonlyMap<string, JobSpan>;
}

export const SPANS_MAX = 600;
const REPORTS: ReadonlySet<string> = new Set(['start', 'progress', 'done', 'failed', 'lost']);

export const noTimeline: Timeline = { spans: new Map() };

/** The same object if no job began or ended, which is so for almost every event. */
export function reduceTimeline(timeline: Timeline, arrivals: readonly Arrival[]): Timeline {
  let spans: Map<string, JobSpan> | null = null;
  for (const arrival of arrivals) {
    if (arrival.kind !== 'event' || !REPORTS.has(arrival.name) || !arrival.channel.startsWith('jobs/')) continue;
    const progress = parseProgress(arrival.channel, arrival.data);
    if (progress === null) continue;
    const key = `${arrival.channel}\n${progress.task}`;
    const before = (spans ?? timeline.spans).get(key);
    const after = next(before, arrival, progress.state);
    if (after === null) continue;
    spans ??= new Map(timeline.spans);
    if (after.start !== before?.start) spans.delete(key);
    spans.set(key, { ...after, key, task: progress.task, channel: arrival.channel, state: progress.state });
  }
  return spans === null ? timeline : { spans: bounded(spans) };
}

type Times = Pick<JobSpan, 'start' | 'isStartKnown' | 'end'>;

/** The times after an event; null if they stay as they are. */
function next(before: JobSpan | undefined, event: PublishedEvent, state: JobState): Times | null {
  const time = publishedAt(event.id) ?? event.arrived;
  if (state === 'running') {
    if (event.name === 'start') return { start: time, isStartKnown: true, end: null };
    if (before === undefined || before.state === 'done' || before.state === 'failed') {
      return { start: time, isStartKnown: false, end: null };
    }
    // One that was taken for lost is back.
    return before.end === null ? null : { ...before, end: null };
  }
  const lasted = duration(event.data);
  if (lasted !== null) return { start: time - lasted, isStartKnown: true, end: time };
  if (before === undefined) return { start: time, isStartKnown: false, end: time };
  return before.end !== null && before.state === state ? null : { ...before, end: before.end ?? time };
}

/** How long the job took by what it says, in ms. */
function duration(data: string): number | null {
  const seconds = Number(parseObject(data)?.['duration'] ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

// What is over goes first, then what has run for longest.
function bounded(spans: ReadonlyMap<string, JobSpan>): ReadonlyMap<string, JobSpan> {
  let surplus = spans.size - SPANS_MAX;
  if (surplus <= 0) return spans;
  const kept = [...spans].filter(([, { end }]) => end === null || surplus-- <= 0);
  return new Map(kept.slice(Math.max(0, surplus)));
}

/** The latest `most` jobs: those that run, then those that ended last. */
export function latestSpans({ spans }: Timeline, most: number): JobSpan[] {
  return [...spans.values()]
    .sort((a, b) => (b.end ?? Infinity) - (a.end ?? Infinity) || b.start - a.start)
    .slice(0, most);
}
