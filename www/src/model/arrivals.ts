// Arrivals made short, for tests.
import type { Notice, PublishedEvent } from '../stream/arrival';

/** A live event at second 1,000,000 unless said otherwise. */
export function event(fields: Partial<PublishedEvent>): PublishedEvent {
  return {
    kind: 'event',
    channel: 'clock',
    id: null,
    name: 'message',
    data: '',
    arrived: 1_000_000_000,
    live: true,
    ...fields,
  };
}

/** A progress event of `task` on its own channel. */
export function progress(task: string, fields: Record<string, unknown>): PublishedEvent {
  return event({ channel: `jobs/${task}`, name: 'progress', data: JSON.stringify({ task, ...fields }) });
}

export function notice(name: Notice['name'], arrived: number): Notice {
  return { kind: 'notice', name, data: '', arrived };
}
