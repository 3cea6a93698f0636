// Event ids: `<milliseconds of publishing>-<sequence>`.

/** When the event was published, in ms; null if there is no id or it carries no time. */
export function publishedAt(id: string | null): number | null {
  const match = /^(\d{1,15})-\d+$/.exec(id ?? '');
  return match === null ? null : Number(match[1]);
}

/** Below 0 where `a` is older than `b`, 0 where they are the same. What is no id of ours compares as newer. */
export function compareIds(a: string | null, b: string | null): number {
  const x = /^(\d+)-(\d+)$/.exec(a ?? '');
  const y = /^(\d+)-(\d+)$/.exec(b ?? '');
  if (x === null || y === null) return 1;
  return Number(x[1]) - Number(y[1]) || Number(x[2]) - Number(y[2]);
}
