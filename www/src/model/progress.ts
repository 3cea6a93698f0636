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
  /** Units a second and seconds left, where the publisher says so. */
  rate: number | null;
  eta: number | null;
  /** What it is at: a path, mostly. */
  file: string;
  /** How it ended: why it failed, exit status, signal (each or nothing), seconds. */
  reason: string;
  exit: number | null;
  signal: string;
  duration: number | null;
}

const TEXT_MAX = 500;
const UNIT_MAX = 20;

/** The progress in `data`, published on `channel`; null if it is none. */
export function parseProgress(channel: string, data: string): Progress | null {
  const fields = parseObject(data);
  if (fields === null) return null;
  const state = fields['state'] === undefined ? 'running' : fields['state'];
  if (!isJobState(state)) return null;
  const moved = amount(fields['moved']);
  const total = amount(fields['total']);
  return {
    task: taskOf(channel, fields),
    state,
    percent: percent(fields['percent'], moved, total, state),
    moved,
    total,
    unit: text(fields['unit'], UNIT_MAX),
    rate: amount(fields['rate']),
    eta: amount(fields['eta']),
    file: text(fields['file'], TEXT_MAX),
    reason: text(fields['reason'], TEXT_MAX),
    exit: number(fields['exit']),
    signal: text(fields['signal'], UNIT_MAX),
    duration: amount(fields['duration']),
  };
}

/** The task that an event on `channel` is about: the one it names, or the channel's. */
export function taskOf(channel: string, fields: Record<string, unknown> | null): string {
  return text(fields?.['task'], TEXT_MAX) || channel.slice(channel.indexOf('/') + 1);
}

function text(value: unknown, most: number): string {
  return typeof value === 'string' ? cut(value, most) : '';
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
