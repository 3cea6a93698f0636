// Names of channels, and the patterns that follow several: `jobs/*` is all below jobs/, `*` is all.

/** What one stream may ask for (REQUEST_CHANNELS_MAX of the responder). */
const MOST = 100;

/** Whether all of `name`, a channel or itself a pattern, is among what `pattern` follows. */
function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)));
}

/** Whether what `names` follow is all among what `patterns` follow. */
export function coverAll(patterns: readonly string[], names: readonly string[]): boolean {
  return names.every((name) => patterns.some((pattern) => covers(pattern, name)));
}

/** Whether some channel may be among both. */
export function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((a) => others.some((b) => covers(a, b) || covers(b, a)));
}

/** The fewest names that follow all that is in `lists`; more than one stream may ask for become `*`. */
export function union(lists: Iterable<readonly string[]>): string[] {
  const all = [...new Set([...lists].flat())].sort();
  const few = all.filter((name) => !all.some((other) => other !== name && covers(other, name)));
  return few.length > MOST ? ['*'] : few;
}
