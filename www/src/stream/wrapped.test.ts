// Parsing of wrapped frames: right ones, wrong ones, and every prefix of a right one.
import { expect, test } from 'vitest';
import { backoff } from './backoff';
import { parseResumed, parseWrapped } from './wrapped';

const FRAME = '{"channel":"jobs/backup","id":"1795170075205-0","event":"progress","data":"{\\"task\\":\\"backup\\"}"}';

test('a wrapped event is read', () => {
  expect(parseWrapped(FRAME)).toEqual({
    channel: 'jobs/backup',
    id: '1795170075205-0',
    name: 'progress',
    data: '{"task":"backup"}',
  });
});

test('an event without an id has none, and one without a name is a message', () => {
  expect(parseWrapped('{"channel":"clock","data":"the time is 12:00:01"}')).toEqual({
    channel: 'clock',
    id: null,
    name: 'message',
    data: 'the time is 12:00:01',
  });
});

test('every true prefix of a wrapped event is refused', () => {
  for (let i = 0; i < FRAME.length; i++) expect(parseWrapped(FRAME.slice(0, i))).toBeNull();
});

test.each(['null', '7', '"text"', '[]', '{}', '{"channel":"a"}', '{"channel":1,"data":"x"}', '{"channel":"a","data":{}}', '<b>'])(
  '%s is no wrapped event',
  (text) => {
    expect(parseWrapped(text)).toBeNull();
  },
);

test('resumed is believed only if it is true', () => {
  expect(parseResumed('{"channels":["*"],"resumed":true}')).toBe(true);
  for (const text of ['{"resumed":false}', '{"resumed":"true"}', '{}', 'null', '']) expect(parseResumed(text)).toBe(false);
});

test('the pause is anywhere between nothing and a bound that doubles up to 30 s', () => {
  expect(backoff(0, 0)).toBe(0);
  expect(backoff(0, 0.5)).toBe(500);
  expect(backoff(3, 0.5)).toBe(4_000);
  expect(backoff(2_000, 0.999999)).toBe(30_000);
});
