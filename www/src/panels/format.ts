// Numbers and times as people read them. Grouping and units only; nothing is decided here.
import { clockText as clock } from '../charts/units';

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export { clock };

/** Local time, `HH:MM:SS.mmm`. */
export function clockMs(ms: number): string {
  return `${clock(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, '0')}`;
}

/** `45 s`, `4 min 05 s`, `3 h 05 min`, `2 d 4 h`. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${String(s)} s`;
  if (s < 3600) return `${String(Math.floor(s / 60))} min ${two(s % 60)} s`;
  if (s < 86_400) return `${String(Math.floor(s / 3600))} h ${two(Math.floor((s % 3600) / 60))} min`;
  return `${String(Math.floor(s / 86_400))} d ${String(Math.floor((s % 86_400) / 3600))} h`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** One decimal, cut and not rounded: 99.99 is not 100. */
export function percentText(percent: number | null): string {
  return percent === null ? '–' : `${(Math.floor(percent * 10) / 10).toFixed(1)}%`;
}

/** `45 of 100 files`, `1.5 GiB of 4.0 GiB`, `45`, or nothing. */
export function amountText(moved: number | null, total: number | null, unit: string): string {
  if (moved === null) return '';
  const text = total === null ? amount(moved, unit) : `${amount(moved, unit)} of ${amount(total, unit)}`;
  return unit === '' || unit === 'bytes' ? text : `${text} ${unit}`;
}

/** `75 files/s`, `39.9 MiB/s`. */
export function rateText(rate: number, unit: string): string {
  return `${amount(rate, unit)}${unit === '' || unit === 'bytes' ? '' : ` ${unit}`}/s`;
}

function amount(value: number, unit: string): string {
  return unit === 'bytes' ? bytes(value) : grouped.format(value);
}

function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${BYTES[power] ?? ''}`;
}

/** Those of `parts` that say something. */
export function listText(...parts: string[]): string {
  return parts.filter(Boolean).join(', ');
}

export function numberText(value: number | null): string {
  return value === null ? '–' : grouped.format(value);
}
