// Event ids: `<milliseconds of publishing>-<sequence>`.

/** When the event was published, in ms; null if there is no id or it carries no time. */
export function publishedAt(id: string | null): number | null {
  const match = /^(\d{1,15})-\d+$/.exec(id ?? '');
  return match === null ? null : Number(match[1]);
}
