// The words and numbers of the page.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../stream/connection';
import { amountText, clockMs, percentText } from './format';
import { announcement, connectionWords, windowTitle } from './words';

const none = { running: 0, failed: 0, lost: 0, done: 0 };

describe('the connection', () => {
  test('counts down and never below', () => {
    const connection: Connection = { state: 'retrying', retryAt: 2_000, lastLive: null };
    expect([0, 1_000, 2_000, 9_000].map((now) => connectionWords(connection, now).title)).toEqual([
      'Retrying in 2 s',
      'Retrying in 1 s',
      'Retrying',
      'Retrying',
    ]);
  });

  test('is announced with what went wrong, and without anything that changes by itself', () => {
    const counts = { ...none, running: 3, failed: 1 };
    expect(announcement({ state: 'live', since: 0 }, counts)).toBe('Live, 1 failed.');
    expect(announcement({ state: 'retrying', retryAt: 5, lastLive: 0 }, none)).toBe('Connection lost, retrying.');
  });

  test('that is not live hides the numbers of the window title', () => {
    const counts = { ...none, running: 3, failed: 1 };
    expect(windowTitle({ state: 'live', since: 0 }, counts)).toBe('3 running, 1 failed · Status');
    expect(windowTitle({ state: 'stopped', reason: 'user', lastLive: 0 }, counts)).toBe('stopped · Status');
    expect(windowTitle({ state: 'live', since: 0 }, none)).toBe('Status');
  });
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
