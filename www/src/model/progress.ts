// Reading of a progress event. Total: whatever was published, the outcome is a Progress or null.
import { parseObject } from '../stream/wrapped';
import { cut } from './text';

export const JOB_STATES = ['running', 'failed', 'lost', 'done'] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface Progress {
  task: string;
  state: JobState;
  /** 0 to 100; null if it cannot be known. */
  percent: number | null;
  moved: number | null;
  total: number | null;
  unit: string;
}

const TASK_MAX = 500;
const UNIT_MAX = 20;

/** The progress in `data`, published on `channel`; null if it is none. */
export function parseProgress(channel: string, data: string): Progress | null {
  const fields = parseObject(data);
  if (fields === null) return null;
  const state = fields['state'] === undefined ? 'running' : fields['state'];
  if (!isJobState(state)) return null;
  const moved = amount(fields['moved']);
  const total = amount(fields['total']);
  const task = typeof fields['task'] === 'string' && fields['task'] !== '' ? fields['task'] : nameOf(channel);
  return {
    task: cut(task, TASK_MAX),
    state,
    percent: percent(fields['percent'], moved, total, state),
    moved,
    total,
    unit: typeof fields['unit'] === 'string' ? cut(fields['unit'], UNIT_MAX) : '',
  };
}

function isJobState(value: unknown): value is JobState {
  return JOB_STATES.some((state) => state === value);
}

/** A finite number, or text that is one; shells publish both. */
function number(value: unknown): number | null {
  if (typeof value === 'string' && value.trim() !== '') value = Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function amount(value: unknown): number | null {
  const n = number(value);
  return n !== null && n >= 0 ? n : null;
}

function percent(said: unknown, moved: number | null, total: number | null, state: JobState): number | null {
  const n = number(said) ?? (moved !== null && total !== null && total > 0 ? (moved / total) * 100 : null);
  if (n !== null) return Math.min(100, Math.max(0, n));
  return state === 'done' ? 100 : null;
}

function nameOf(channel: string): string {
  return channel.slice(channel.indexOf('/') + 1);
}
