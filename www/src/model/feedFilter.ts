// What of the feed is looked for.
import type { FeedEntry } from './feed';

export interface FeedFilter {
  /** Part of a channel's name, or its beginning and `*`; empty for all. */
  channel: string;
  /** Likewise of the event's name. */
  name: string;
  /** Part of the data, or of either name. */
  text: string;
}

export const noFilter: FeedFilter = { channel: '', name: '', text: '' };

export function isFilter({ channel, name, text }: FeedFilter): boolean {
  return `${channel}${name}${text}`.trim() !== '';
}

/** Those of `entries` that match; the same array without a filter. That events were missed always matches. */
export function filterFeed(entries: readonly FeedEntry[], filter: FeedFilter): readonly FeedEntry[] {
  if (!isFilter(filter)) return entries;
  const channel = matcher(filter.channel);
  const name = matcher(filter.name);
  const text = matcher(filter.text);
  return entries.filter((entry) => {
    if (entry.kind === 'event') {
      if (!channel(entry.channel) || !name(entry.name)) return false;
      return text(entry.data) || text(entry.channel) || text(entry.name);
    }
    if (entry.name === 'reset') return true;
    return filter.channel.trim() === '' && filter.name.trim() === '' && text(entry.data);
  });
}

// By a regular expression, which makes no copies in small letters of all that is kept.
function matcher(wanted: string): (text: string) => boolean {
  const trimmed = wanted.trim();
  if (trimmed === '') return () => true;
  const start = trimmed.endsWith('*');
  const literal = (start ? trimmed.slice(0, -1) : trimmed).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = new RegExp(start ? `^${literal}` : literal, 'i');
  return (text) => pattern.test(text);
}
