// What was missed: each `stream-reset`, as far as its data tells.
import type { Arrival, Notice } from '../stream/arrival';
import { parseObject } from '../stream/wrapped';
import { publishedAt } from './eventId';
import { cut } from './text';

export interface Missed {
  key: number;
  arrived: number;
  /** How many events; null where nobody knows. */
  count: number | null;
  /** When the last event before the gap was published, and the first after it, in ms; null where it is not known. */
  from: number | null;
  to: number | null;
  /** Some of the channels; none if they are not known. */
  channels: readonly string[];
  /** How many channels more. */
  more: number;
}

export interface AllMissed {
  /** The latest ones, the newest first. */
  latest: readonly Missed[];
  /** How many there ever were; also the source of keys. */
  count: number;
}

export const MISSED_MAX = 5;
const CHANNELS_MAX = 8;
const NAME_MAX = 200;

export const nothingMissed: AllMissed = { latest: [], count: 0 };

/** The same object if nothing was missed. */
export function reduceMissed(missed: AllMissed, arrivals: readonly Arrival[]): AllMissed {
  for (const arrival of arrivals) {
    if (arrival.kind !== 'notice' || arrival.name !== 'reset') continue;
    const count = missed.count + 1;
    missed = { latest: [read(arrival, count), ...missed.latest].slice(0, MISSED_MAX), count };
  }
  return missed;
}

function read({ data, arrived }: Notice, key: number): Missed {
  const fields = parseObject(data) ?? {};
  const list: unknown = fields['channels'];
  const names = Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  return {
    key,
    arrived,
    count: typeof fields['missed'] === 'number' ? fields['missed'] : null,
    from: time(fields['requested']),
    to: time(fields['oldest']),
    channels: names.slice(0, CHANNELS_MAX).map((name) => cut(name, NAME_MAX)),
    more: Math.max(0, names.length - CHANNELS_MAX),
  };
}

function time(id: unknown): number | null {
  return typeof id === 'string' ? publishedAt(id) : null;
}
