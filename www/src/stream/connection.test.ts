// The states of the connection and the ways between them, with time and EventSource driven by hand.
import { expect, test } from 'vitest';
import { setUp, URL } from './testStream';

test('the connection is connecting until the server says stream-open', () => {
  const { platform, connection } = setUp();
  expect(platform.source.url).toBe(URL);
  expect(connection()).toEqual({ state: 'connecting', lastLive: null });
  platform.source.wrapped('jobs/a', 'a snapshot');
  expect(connection().state).toBe('connecting');
  platform.source.goLive();
  expect(connection()).toEqual({ state: 'live', since: 1_000_000 });
});

test('a connection that breaks off is retried by the browser, and live again after the next stream-open', () => {
  const { platform, connection, names } = setUp();
  platform.source.goLive();
  platform.pass(5_000);
  platform.source.breakOff();
  expect(connection()).toEqual({ state: 'retrying', retryAt: null, lastLive: 1_005_000 });
  platform.pass(2_000);
  platform.source.dispatchEvent(new Event('open'));
  expect(connection()).toEqual({ state: 'connecting', lastLive: 1_005_000 });
  platform.source.goLive('200-0', true);
  expect(connection()).toEqual({ state: 'live', since: 1_007_000 });
  expect(platform.sources).toHaveLength(1);
  expect(names()).toEqual(['open', 'lost', 'resumed']);
});

test('a connection that the browser gave up is made anew after a pause, with the cursor in its query', () => {
  const { platform, connection } = setUp();
  platform.source.goLive('100-0');
  platform.source.wrapped('jobs/a', 'news', '123-4');
  platform.source.giveUp();
  expect(connection()).toEqual({ state: 'retrying', retryAt: 1_000_500, lastLive: 1_000_000 });
  platform.pass(499);
  expect(platform.sources).toHaveLength(1);
  platform.pass(1);
  expect(platform.sources).toHaveLength(2);
  expect(platform.source.url).toBe(`${URL}&last_event_id=123-4`);
  expect(connection()).toEqual({ state: 'connecting', lastLive: 1_000_000 });
});

test('a connection given up again and again is tried with pauses that double up to 30 s', () => {
  const { platform, connection } = setUp();
  platform.randomness = 0.999999;
  const pauses = Array.from({ length: 8 }, () => {
    platform.source.giveUp();
    const now = connection();
    const pause = now.state === 'retrying' && now.retryAt !== null ? now.retryAt - platform.time : NaN;
    platform.pass(pause);
    return pause;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((s) => s * 1_000));
  platform.source.goLive();
  platform.source.giveUp();
  expect(connection()).toMatchObject({ retryAt: platform.time + 1_000 });
});

test('the connection is stopped by close and resumed from the cursor', () => {
  const { platform, stream, connection, names } = setUp();
  platform.source.goLive('100-0');
  const first = platform.source;
  platform.pass(1_000);
  stream.close();
  expect(first.readyState).toBe(2);
  expect(connection()).toEqual({ state: 'stopped', reason: 'user', lastLive: 1_001_000 });
  stream.resume();
  expect(platform.source.url).toBe(`${URL}&last_event_id=100-0`);
  expect(connection()).toEqual({ state: 'connecting', lastLive: 1_001_000 });
  platform.source.goLive('300-0', true);
  expect(connection().state).toBe('live');
  expect(names()).toEqual(['open', 'stopped', 'resumed']);
});

test('a stream stopped during a pause makes no attempt, and resumed makes exactly one', () => {
  const { platform, stream, connection } = setUp();
  platform.source.giveUp();
  stream.close();
  stream.close();
  platform.pass(60_000);
  expect(platform.sources).toHaveLength(1);
  expect(connection().state).toBe('stopped');
  stream.resume();
  stream.resume();
  platform.pass(60_000);
  expect(platform.sources).toHaveLength(2);
});

test('resume during a pause tries at once and leaves no timer', () => {
  const { platform, stream } = setUp();
  platform.source.giveUp();
  stream.resume();
  expect(platform.sources).toHaveLength(2);
  expect(platform.timers).toBe(0);
});

test('the connection stays live through a second stream-open, which is noted', () => {
  const { platform, connection, names } = setUp();
  platform.source.goLive('100-0');
  platform.pass(1_000);
  platform.source.say('stream-open', '{"channels":["*"],"resumed":true}', '200-0');
  expect(connection()).toEqual({ state: 'live', since: 1_000_000 });
  platform.draw();
  expect(names()).toEqual(['open', 'resumed']);
});
