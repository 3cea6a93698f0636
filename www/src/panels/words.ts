// What the page says about its connection and its jobs, in words.
import type { JobState } from '../model/progress';
import type { Notice } from '../stream/arrival';
import { type Connection, lastLive } from '../stream/connection';
import { clock } from './format';

export interface ConnectionWords {
  title: string;
  detail: string;
}

/** The connection as a title and a detail, at `now`. */
export function connectionWords(connection: Connection, now: number): ConnectionWords {
  switch (connection.state) {
    case 'connecting':
      return { title: 'Connecting', detail: lastLiveWords(connection) };
    case 'live':
      return { title: 'Live', detail: `since ${clock(connection.since)}` };
    case 'retrying': {
      const seconds = connection.retryAt === null ? 0 : Math.ceil((connection.retryAt - now) / 1000);
      const title = seconds > 0 ? `Retrying in ${String(seconds)} s` : 'Retrying';
      return { title, detail: lastLiveWords(connection) };
    }
    case 'stopped':
      return { title: 'Stopped', detail: lastLiveWords(connection) };
  }
}

function lastLiveWords(connection: Connection): string {
  const at = lastLive(connection);
  return at === null ? 'not live yet' : `last live ${clock(at)}`;
}

/** Said aloud when it changes, so without anything that changes by itself. */
export function announcement(connection: Connection, counts: Record<JobState, number>): string {
  const state = { connecting: 'Connecting', live: 'Live', retrying: 'Connection lost, retrying', stopped: 'Stopped' };
  const troubles = [
    ...(counts.failed > 0 ? [`${String(counts.failed)} failed`] : []),
    ...(counts.lost > 0 ? [`${String(counts.lost)} lost`] : []),
  ];
  return `${[state[connection.state], ...troubles].join(', ')}.`;
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
