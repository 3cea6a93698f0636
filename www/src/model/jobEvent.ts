// What an event on a job's channel tells of the job. Total: any event gives a value or null.
import type { PublishedEvent } from '../stream/arrival';
import { parseObject } from '../stream/wrapped';
import { publishedAt } from './eventId';
import { parseProgress, type Progress, taskOf } from './progress';
import { cut } from './text';

export interface JobEvent {
  task: string;
  id: string | null;
  /** When, by the clock of this page, in ms. */
  at: number;
  /** The same by the clock of Redis, as far as it is known. */
  published: number;
  /** Whether it says that a run of the job begins. */
  starts: boolean;
  /** How the job is; null where the event is a line of its log. */
  progress: Progress | null;
  line: string;
}

export const LINE_MAX = 1_000;

/** The events with which a job tells how it is. */
const REPORTS: ReadonlySet<string> = new Set(['start', 'progress', 'done', 'failed', 'lost']);

/** What `event` tells of a job; null if nothing. */
export function readJobEvent(event: PublishedEvent): JobEvent | null {
  const { channel, id, name, data } = event;
  if (!channel.startsWith('jobs/')) return null;
  const published = publishedAt(id) ?? event.arrived;
  const about = { id, at: heardAt(event, published), published, starts: name === 'start', line: '' };
  if (name === 'log') {
    const fields = parseObject(data);
    const line = fields === null ? data : fields['line'];
    if (typeof line !== 'string') return null;
    return { ...about, task: taskOf(channel, fields), progress: null, line: cut(line, LINE_MAX) };
  }
  const progress = REPORTS.has(name) ? parseProgress(channel, data) : null;
  return progress && { ...about, task: progress.task, progress };
}

// What comes live was published just now, whatever the clock of Redis says. What is told of the past
// has only that clock, which must not lead into the future.
function heardAt({ live, arrived }: PublishedEvent, published: number): number {
  return live ? arrived : Math.min(arrived, published);
}
