// Parsing of frames, right ones and others, and the pause between attempts.
import { expect, test } from 'vitest';
import { backoff } from './backoff';
import { parseEvent, parseObject } from './frame';

test('the pause is anywhere between nothing and a bound that doubles up to 30 s', () => {
  expect(backoff(0, 0)).toBe(0);
  expect(backoff(0, 0.5)).toBe(500);
  expect(backoff(3, 0.5)).toBe(4_000);
  expect(backoff(2_000, 1)).toBe(30_000);
});

test('what is no wrapped event has no channel, and every text gives a value', () => {
  const frame = '{"channel":"a","id":"1-0","event":"news","data":"x"}';
  expect(parseEvent(frame, true)).toEqual({ channel: 'a', id: '1-0', event: 'news', data: 'x', live: true });
  for (let i = 0; i < frame.length; i++) expect(parseEvent(frame.slice(0, i), true).channel).toBe('');
  for (const text of ['null', '7', '[]', '{}', '{"channel":"a"}', '{"channel":1,"data":"x"}']) {
    expect(parseEvent(text, false)).toEqual({ channel: '', id: null, event: 'message', data: text, live: false });
  }
  for (const text of ['null', '7', '[]', '<b>']) expect(parseObject(text)).toBeNull();
});
