// The channels of the rate as a few groups, since more than a few cannot be told apart in a picture.
import { type Counts, firstSegment, type RateSecond } from './rate';

export const GROUPS_MAX = 6;
/** What is left over. */
export const OTHER = '*';

export interface RateGroups {
  /** Their names, OTHER the last if there is one. */
  names: readonly string[];
  /** For each second the events of each group; null where it is unknown. */
  rows: readonly (readonly number[] | null)[];
}

/** Each channel by itself if they are few, or if few have almost all events; else by their first segment. What is too
 * small then is one rest. */
export function groupRate(seconds: readonly RateSecond[]): RateGroups {
  const names = namesOf(totals(seconds.map(({ counts }) => counts)));
  const place = new Map(names.map((name, i) => [name, i]));
  const find = (channel: string) => place.get(channel) ?? place.get(firstSegment(channel)) ?? place.get(OTHER) ?? 0;
  const rows = seconds.map(({ counts }) => {
    if (counts === null) return null;
    const row = names.map(() => 0);
    for (const [channel, n] of counts) row[find(channel)] = (row[find(channel)] ?? 0) + n;
    return row;
  });
  return { names, rows };
}

// So much of all events must be in a few channels for them to be shown by themselves: with less it would be chance, and
// change from second to second, which of many are the largest.
const ALMOST_ALL = 0.9;

function namesOf(channels: Counts): string[] {
  if (channels.size <= GROUPS_MAX) return sorted([...channels.keys()]);
  const large = largest(channels);
  const all = sum(channels.values());
  if (sum(large.map((name) => channels.get(name) ?? 0)) >= ALMOST_ALL * all) return sorted([...large, OTHER]);
  const segments = new Map<string, number>();
  for (const [channel, n] of channels) add(segments, firstSegment(channel), n);
  if (segments.size <= GROUPS_MAX) return sorted([...segments.keys()]);
  return sorted([...largest(segments), OTHER]);
}

function largest(groups: Counts): string[] {
  return [...groups]
    .filter(([name]) => name !== OTHER)
    .sort(([, a], [, b]) => b - a)
    .slice(0, GROUPS_MAX - 1)
    .map(([name]) => name);
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((a, b) => a + b, 0);
}

// By name, so that they keep their places from second to second.
function sorted(names: string[]): string[] {
  return names.sort((a, b) => Number(a === OTHER) - Number(b === OTHER) || (a < b ? -1 : 1));
}

function totals(seconds: readonly (Counts | null)[]): Counts {
  const sums = new Map<string, number>();
  for (const counts of seconds) for (const [channel, n] of counts ?? []) add(sums, channel, n);
  return sums;
}

function add(sums: Map<string, number>, key: string, n: number) {
  sums.set(key, (sums.get(key) ?? 0) + n);
}

/** The slot (0 to GROUPS_MAX - 1) of each name, so that a name keeps its colour while others come and go: `slots` as it
 * was, or changed by what must change. */
export function assignSlots(slots: readonly string[], names: readonly string[]): readonly string[] {
  const fresh = names.filter((name) => !slots.includes(name));
  if (fresh.length === 0) return slots;
  const next = Array.from({ length: GROUPS_MAX }, (_, i) => slots[i] ?? '');
  for (let i = 0; i < GROUPS_MAX && fresh.length > 0; i++) {
    if (!names.includes(next[i] ?? '')) next[i] = fresh.shift() ?? '';
  }
  return next;
}
