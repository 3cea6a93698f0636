// The words and numbers of the page.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../stream/connection';
import { amountText, clockMs, percentText } from './format';
import { agoText, announcement, connectionWords, feedWords, missedWords, windowTitle } from './words';

const none = { running: 0, failed: 0, lost: 0, done: 0 };

describe('the connection', () => {
  test('counts down and never below', () => {
    const connection: Connection = { state: 'retrying', retryAt: 2_000, lastLive: null };
    expect([0, 1_000, 2_000, 9_000].map((now) => connectionWords(connection, now, null).title)).toEqual([
      'Retrying in 2 s',
      'Retrying in 1 s',
      'Retrying',
      'Retrying',
    ]);
  });

  test('is announced with what went wrong, and without anything that changes by itself', () => {
    const counts = { ...none, running: 3, failed: 1 };
    expect(announcement({ state: 'live', since: 0 }, counts, 0)).toBe('Live, 1 failed.');
    expect(announcement({ state: 'retrying', retryAt: 5, lastLive: 0 }, none, 2)).toBe(
      'Connection lost, retrying, events were missed 2 times.',
    );
  });

  test('says when the last event came, in every state that can know', () => {
    const detail = (connection: Connection) => connectionWords(connection, 65_000, 1_000).detail;
    expect(detail({ state: 'live', since: 0 })).toMatch(/^since \d\d:\d\d:\d\d, last event 1 min 04 s ago$/);
    expect(detail({ state: 'retrying', retryAt: null, lastLive: 0 })).toContain('last event 1 min 04 s ago');
    expect(connectionWords({ state: 'live', since: 0 }, 0, null).detail).not.toContain('event');
  });

  test('that is stopped says why', () => {
    const detail = (reason: 'user' | 'ended') => connectionWords({ state: 'stopped', reason, lastLive: null }, 0, null).detail;
    expect(detail('user')).toBe('by you, not live yet');
    expect(detail('ended')).toBe('by the server: all has ended, not live yet');
  });

  test('that is not live hides the numbers of the window title', () => {
    const counts = { ...none, running: 3, failed: 1 };
    expect(windowTitle({ state: 'live', since: 0 }, counts)).toBe('3 running, 1 failed · Status');
    expect(windowTitle({ state: 'stopped', reason: 'user', lastLive: 0 }, counts)).toBe('stopped · Status');
    expect(windowTitle({ state: 'live', since: 0 }, none)).toBe('Status');
  });
});

describe('what was missed', () => {
  const day = new Date(2026, 10, 20, 9, 5, 7).getTime();
  const missed = { key: 1, arrived: day + 60_000, count: 1_234, from: day, to: day + 2_000, channels: ['jobs/a', '*'], more: 3 };

  test('is counted, with channels and times', () => {
    expect(missedWords(missed)).toBe(
      '1,234 events were missed on jobs/a, every channel, 3 more channels, published between 09:05:07.000 and 09:05:09.000: gone from the log.',
    );
  });

  test('claims nothing that is not known', () => {
    const bare = { ...missed, from: null, to: null, channels: [], more: 0 };
    expect(missedWords({ ...bare, count: 1 })).toBe('1 event was missed: gone from the log.');
    expect(missedWords({ ...bare, count: null })).toBe('An unknown number of events were missed: gone from the log.');
  });

  test('names the day if it was another one', () => {
    expect(missedWords({ ...missed, to: null, arrived: day + 86_400_000 })).toContain(
      ', published after Fri Nov 20 2026 09:05:07.000:',
    );
  });
});

test('the feed says what it holds, what it drops and that it stands still', () => {
  const all = { matching: null, kept: 5, count: 5, fresh: null, dropped: 0 };
  expect(feedWords(all)).toBe('5');
  expect(feedWords({ ...all, count: 1_234, kept: 1_000 })).toBe('latest 1,000 of 1,234');
  expect(feedWords({ ...all, matching: 2 })).toBe('2 match in 5');
  expect(feedWords({ ...all, fresh: 3_000, dropped: 1_000 })).toBe('Paused, 3,000 new. 1,000 dropped while paused. 5');
});

test('how long ago is never in the future', () => {
  expect([-5_000, 999, 1_000, 59_999, 60_000, 7_200_000].map(agoText)).toEqual([
    'just now',
    'just now',
    '1 s ago',
    '59 s ago',
    '1 min 00 s ago',
    '2 h 00 min ago',
  ]);
});

describe('numbers', () => {
  test('99.99 percent is not 100', () => {
    expect([null, 0, 45, 99.99, 100].map(percentText)).toEqual(['–', '0.0%', '45.0%', '99.9%', '100.0%']);
  });

  test('amounts have their unit, and bytes a human one', () => {
    expect(amountText(45, 100, '')).toBe('45 of 100');
    expect(amountText(18_234, null, 'files')).toBe('18,234 files');
    expect(amountText(null, 100, 'files')).toBe('');
    expect(amountText(1_610_612_736, 4_294_967_296, 'bytes')).toBe('1.5 GiB of 4.0 GiB');
    expect([0, 1, 1_023, 1_024].map((n) => amountText(n, null, 'bytes'))).toEqual([
      '0 B',
      '1 B',
      '1023 B',
      '1.0 KiB',
    ]);
  });

  test('a time is local, to the millisecond', () => {
    expect(clockMs(new Date(2026, 10, 20, 9, 5, 7, 42).getTime())).toBe('09:05:07.042');
  });
});
