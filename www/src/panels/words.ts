// What the page says about its connection and its jobs, in words.
import type { JobState } from '../model/progress';
import type { Notice } from '../stream/arrival';
import { type Connection, lastLive } from '../stream/connection';
import type { Missed } from '../model/feedMissed';
import { clock, clockMs, durationText, numberText } from './format';

export interface ConnectionWords {
  title: string;
  detail: string;
}

/** The connection as a title and a detail, at `now`; `lastEvent` is when the last event came. */
export function connectionWords(connection: Connection, now: number, lastEvent: number | null): ConnectionWords {
  const last = lastEvent === null ? '' : `, last event ${agoText(now - lastEvent)}`;
  switch (connection.state) {
    case 'connecting':
      return { title: 'Connecting', detail: lastLiveWords(connection) };
    case 'live':
      return { title: 'Live', detail: `since ${clock(connection.since)}${last}` };
    case 'retrying': {
      const seconds = connection.retryAt === null ? 0 : Math.ceil((connection.retryAt - now) / 1000);
      const title = seconds > 0 ? `Retrying in ${String(seconds)} s` : 'Retrying';
      return { title, detail: `${lastLiveWords(connection)}${last}` };
    }
    case 'stopped': {
      const why = connection.reason === 'user' ? 'by you' : 'by the server: all has ended';
      return { title: 'Stopped', detail: `${why}, ${lastLiveWords(connection)}${last}` };
    }
  }
}

function lastLiveWords(connection: Connection): string {
  const at = lastLive(connection);
  return at === null ? 'not live yet' : `last live ${clock(at)}`;
}

/** `4 s ago`, `3 min 05 s ago`; `just now` also where the clocks disagree. */
export function agoText(ms: number): string {
  return ms < 1000 ? 'just now' : `${durationText(ms)} ago`;
}

/** Said aloud when it changes, so without anything that changes by itself. `missed`: how often events were missed. */
export function announcement(connection: Connection, counts: Record<JobState, number>, missed: number): string {
  const state = { connecting: 'Connecting', live: 'Live', retrying: 'Connection lost, retrying', stopped: 'Stopped' };
  const troubles = [
    ...(missed > 0 ? [`events were missed${missed > 1 ? ` ${String(missed)} times` : ''}`] : []),
    ...(counts.failed > 0 ? [`${String(counts.failed)} failed`] : []),
    ...(counts.lost > 0 ? [`${String(counts.lost)} lost`] : []),
  ];
  return `${[state[connection.state], ...troubles].join(', ')}.`;
}

/** Which events were missed, as far as the server says. */
export function missedWords({ count, from, to, channels, more, arrived }: Missed): string {
  const many = `${count === null ? 'An unknown number of' : numberText(count)} events were`;
  const names = channels.map((name) => (name === '*' ? 'every channel' : name));
  if (more > 0) names.push(`${numberText(more)} more channels`);
  const where = names.length > 0 ? ` on ${names.join(', ')}` : '';
  const [a, b] = [from, to].map((ms) => ms !== null && dayText(ms, arrived));
  const when = a ? (b ? `, published between ${a} and ${b}` : `, published after ${a}`) : b ? `, published before ${b}` : '';
  return `${count === 1 ? '1 event was' : many} missed${where}${when}: gone from the log.`;
}

/** The time of day, and the day if it is another one than that of `ref`. */
function dayText(ms: number, ref: number): string {
  const day = new Date(ms).toDateString();
  return day === new Date(ref).toDateString() ? clockMs(ms) : `${day} ${clockMs(ms)}`;
}

export interface FeedNumbers {
  /** How many match a filter; null without one. */
  matching: number | null;
  kept: number;
  count: number;
  /** How many came while it was held; null if it is not. */
  fresh: number | null;
  /** How many of these, or since it was held last, were dropped to stay within the bound. */
  dropped: number;
}

/** What the feed holds, and whether it stands still. */
export function feedWords({ matching, kept, count, fresh, dropped }: FeedNumbers): string {
  const all = kept < count ? `latest ${numberText(kept)} of ${numberText(count)}` : numberText(count);
  const shown = matching === null ? all : `${numberText(matching)} match in ${all}`;
  const held = fresh === null ? '' : `Paused, ${numberText(fresh)} new. `;
  const lost = dropped === 0 ? '' : `${numberText(dropped)} dropped while paused. `;
  return `${held}${lost}${shown}`;
}

/** The title of the window: what a tab in the background tells. */
export function windowTitle(connection: Connection, counts: Record<JobState, number>): string {
  const parts = (['running', 'failed', 'lost'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${String(counts[state])} ${state}`);
  const said = connection.state === 'live' ? parts : [connection.state];
  return [...(said.length > 0 ? [said.join(', ')] : []), 'Status'].join(' · ');
}

export const NOTICE_WORDS: Record<Notice['name'], string> = {
  open: 'Live from here',
  resumed: 'Live again from the last event',
  reset: 'Events were missed: they are gone from the log',
  lost: 'Connection lost',
  stopped: 'Stopped',
  unreadable: 'Unreadable message',
};
