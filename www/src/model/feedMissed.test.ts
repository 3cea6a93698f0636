// What was missed.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { MISSED_MAX, nothingMissed, reduceMissed } from './feedMissed';

const reset = (data: unknown) => ({ ...notice('reset', 9_000), data: typeof data === 'string' ? data : JSON.stringify(data) });

test('a stream-reset tells how many were missed, of channels and times', () => {
  const missed = reduceMissed(nothingMissed, [
    reset({ requested: '5000-1', oldest: '7000-14', missed: 12, channels: ['jobs/a', 'clock'] }),
  ]);
  expect(missed.latest).toEqual([
    { key: 1, arrived: 9_000, count: 12, from: 5_000, to: 7_000, channels: ['jobs/a', 'clock'], more: 0 },
  ]);
});

test.each(['', 'null', '[]', '{"channels":7}', '{"requested":5,"oldest":null,"missed":null,"channels":[1,{}]}', '{"requested":"x"}'])(
  'a stream-reset with the data %s is not lost',
  (data) => {
    expect(reduceMissed(nothingMissed, [reset(data)]).latest).toEqual([
      { key: 1, arrived: 9_000, count: null, from: null, to: null, channels: [], more: 0 },
    ]);
  },
);

test('of many channels some are named, of many resets the latest kept, and all of them counted', () => {
  const channels = Array.from({ length: 500 }, (_, i) => `jobs/${String(i)}`);
  const missed = reduceMissed(nothingMissed, Array.from({ length: 20 }, () => reset({ channels })));
  expect(missed.count).toBe(20);
  expect(missed.latest.map(({ key }) => key)).toEqual(Array.from({ length: MISSED_MAX }, (_, i) => 20 - i));
  expect((missed.latest[0]?.channels.length ?? 0) + (missed.latest[0]?.more ?? 0)).toBe(500);
});

test('without a reset it is the same object', () => {
  expect(reduceMissed(nothingMissed, [event({}), notice('lost', 1)])).toBe(nothingMissed);
});
