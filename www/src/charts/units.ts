// Times and numbers in the words of a chart.

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const short = new Intl.NumberFormat('en', { notation: 'compact' });

/** Local time, `HH:MM:SS`. */
export function clockText(ms: number): string {
  return clock.format(ms);
}

/** `950`, `1.2K`. */
export function countText(count: number): string {
  return short.format(count);
}

/** A delay: `12 ms`, `1.25 s`, `–` where there is none. */
export function msText(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1_000 ? `${String(Math.round(ms))} ms` : spanText(ms, 2);
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
];

/** A duration in its two largest units: `3 d 4 h`, `12 min 5 s`, `4 s`. */
export function spanText(ms: number, digits = 0): string {
  const all = Math.max(0, ms);
  for (const [i, [unit, size]] of UNITS.entries()) {
    if (all < size) continue;
    const [lower, part] = UNITS[i + 1] ?? ['s', 1_000];
    const rest = Math.floor((all % size) / part);
    return `${String(Math.floor(all / size))} ${unit}${rest > 0 ? ` ${String(rest)} ${lower}` : ''}`;
  }
  return `${digits > 0 ? String(Number((all / 1_000).toFixed(digits))) : String(Math.floor(all / 1_000))} s`;
}
