// The reducer of the rate, and its groups.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { firstSegment, isBusy, lastMinute, noRate, type Rate, reduceRate, SECONDS } from './rate';
import { assignSlots, GROUPS_MAX, groupRate } from './rateGroups';

const T = 1_000_000_000;

function sums(rate: Rate, now: number) {
  return lastMinute(rate, now).map(({ counts }) => counts && [...counts.values()].reduce((a, b) => a + b, 0));
}

/** One second with an event on each channel. */
function secondOf(channels: readonly string[]) {
  return lastMinute(reduceRate(noRate, channels.map((channel) => event({ channel, arrived: T }))), T + 1_000);
}

test('busy is a page that had a thousand events in the last whole second, over all channels', () => {
  const arrivals = Array.from({ length: 1_000 }, (_, i) => event({ channel: `jobs/${String(i % 7)}`, arrived: T + i }));
  const [all, fewer] = [arrivals, arrivals.slice(1)].map((some) => reduceRate(noRate, some));
  const seen = [T + 999, T + 1_000, T + 1_999, T + 2_000].map((now) => all && isBusy(all, now));
  expect(seen).toEqual([false, true, true, false]);
  expect(fewer && isBusy(fewer, T + 1_000)).toBe(false);
});

test('events are counted in the second of their arrival; the second that still runs is not shown', () => {
  const rate = reduceRate(noRate, [
    notice('open', T - 90_000),
    event({ arrived: T - 1 }),
    event({ arrived: T }),
    event({ arrived: T + 999 }),
    event({ arrived: T + 1_000 }),
  ]);
  expect(sums(rate, T + 1_500).slice(-3)).toEqual([0, 1, 2]);
  expect(sums(rate, T + 2_000).slice(-3)).toEqual([1, 2, 1]);
  expect(lastMinute(rate, T + 1_500)).toHaveLength(SECONDS);
});

test('events of one second are counted together across batches, and leave earlier states as they were', () => {
  const first = reduceRate(noRate, [event({ arrived: T })]);
  const second = reduceRate(first, [event({ arrived: T + 5 }), event({ arrived: T + 6, channel: 'b' })]);
  expect([...(first.counts.get(T / 1000) ?? [])]).toEqual([['clock', 1]]);
  expect([...(second.counts.get(T / 1000) ?? [])]).toEqual([
    ['clock', 2],
    ['b', 1],
  ]);
});

test('what was told before the stream was caught up is not counted', () => {
  const rate = reduceRate(noRate, [event({ arrived: T, live: false }), notice('open', T)]);
  expect(sums(rate, T + 1_000).at(-1)).toBe(0);
});

test('seconds without a connection are unknown, not zero', () => {
  const rate = reduceRate(noRate, [
    notice('open', T),
    event({ arrived: T + 2_100 }),
    notice('lost', T + 2_500),
    notice('stopped', T + 3_000),
    notice('resumed', T + 5_000),
  ]);
  expect(sums(rate, T + 7_000).slice(-8)).toEqual([null, 0, 0, 1, null, null, 0, 0]);
  expect(sums(noRate, T)).toEqual(Array(SECONDS).fill(null));
});

test('the rate is bounded, however long it runs, how often it breaks and how many channels there are', () => {
  let rate = noRate;
  for (let i = 0; i < 1_000; i++) {
    const at = T + i * 1_000;
    const many = Array.from({ length: 300 }, (_, n) => event({ arrived: at, channel: `c${String(n)}/${String(i)}` }));
    rate = reduceRate(rate, [notice('open', at), ...many, notice('lost', at + 1)]);
  }
  expect(rate.counts.size).toBeLessThanOrEqual(SECONDS + 2);
  expect(Math.max(...[...rate.counts.values()].map(({ size }) => size))).toBeLessThanOrEqual(101);
  expect(rate.spans.length).toBeLessThanOrEqual(60);
  expect(sums(rate, T + 1_000_000).at(-1)).toBe(300);
});

test('a clock set back by an hour leaves no seconds of the future behind', () => {
  const before = reduceRate(noRate, [notice('open', T - 7_200_000), event({ arrived: T })]);
  const after = reduceRate(before, [event({ arrived: T - 3_600_000 })]);
  expect([...after.counts.keys()]).toEqual([(T - 3_600_000) / 1_000]);
});

test('few channels are groups by themselves, many by their first segment', () => {
  expect(groupRate(secondOf(['jobs/b', 'clock', 'jobs/a'])).names).toEqual(['clock', 'jobs/a', 'jobs/b']);
  const jobs = Array.from({ length: 300 }, (_, i) => `jobs/${String(i)}`);
  const { names, rows } = groupRate(secondOf([...jobs, 'clock']));
  expect(names).toEqual(['clock', 'jobs/*']);
  expect(rows.at(-1)).toEqual([1, 300]);
});

test('a few channels with almost all events are groups by themselves, however many others there are', () => {
  const busy = Array.from({ length: 100 }, () => ['jobs/a', 'jobs/b', 'jobs/c', 'jobs/d', 'jobs/e']).flat();
  const { names, rows } = groupRate(secondOf([...busy, 'clock', 'notes', 'jobs/f']));
  expect(names).toEqual(['jobs/a', 'jobs/b', 'jobs/c', 'jobs/d', 'jobs/e', '*']);
  expect(rows.at(-1)).toEqual([100, 100, 100, 100, 100, 3]);
});

test('of many segments the largest are groups, and the rest together, with nothing lost', () => {
  const channels = Array.from({ length: 40 }, (_, i) => Array.from({ length: i + 1 }, () => `s${String(i).padStart(2, '0')}/x`)).flat();
  const { names, rows } = groupRate(secondOf(channels));
  expect(names).toEqual(['s35/*', 's36/*', 's37/*', 's38/*', 's39/*', '*']);
  expect(rows.at(-1)?.slice(0, 5)).toEqual([36, 37, 38, 39, 40]);
  expect(rows.at(-1)?.reduce((a, b) => a + b, 0)).toBe(channels.length);
  expect(rows[0]).toBeNull();
});

test('the first segment of a channel without a slash is the channel', () => {
  expect(['clock', 'jobs/a/b', 'a/'].map(firstSegment)).toEqual(['clock', 'jobs/*', 'a/*']);
});

test('a group keeps its slot while others come and go', () => {
  const first = assignSlots([], ['b', 'c']);
  expect(first.slice(0, 3)).toEqual(['b', 'c', '']);
  expect(assignSlots(first, ['c'])).toBe(first);
  expect(assignSlots(first, ['a', 'c']).slice(0, 3)).toEqual(['a', 'c', '']);
  const full = assignSlots([], Array.from({ length: GROUPS_MAX }, (_, i) => String(i)));
  expect(assignSlots(full, ['5', 'x', '0'])).toEqual(['0', 'x', '2', '3', '4', '5']);
});
