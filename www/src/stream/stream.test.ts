// What the stream keeps and tells: the connection, and what arrives.
import { describe, expect, test, vi } from 'vitest';
import { lastLive } from './connection';
import { setUp } from './testStream';

describe('the connection', () => {
  test('is told at once, and changes of it are noted', () => {
    const { platform, connection, listener, names } = setUp();
    expect(connection()).toEqual({ state: 'connecting', lastLive: null });
    platform.goLive();
    expect(connection()).toEqual({ state: 'live', since: 1_000_000 });
    expect(listener).toHaveBeenCalledTimes(1);
    platform.become({ state: 'retrying', retryAt: null, lastLive: 1_000_000 });
    platform.become({ state: 'connecting', lastLive: 1_000_000 });
    platform.goLive();
    platform.become({ state: 'stopped', reason: 'user', lastLive: 1_000_000 });
    expect(names()).toEqual(['open', 'lost', 'resumed', 'stopped']);
    expect(listener).toHaveBeenCalledTimes(5);
  });

  test('that was live says when', () => {
    expect(lastLive({ state: 'live', since: 5 })).toBeNull();
    expect(lastLive({ state: 'stopped', reason: 'ended', lastLive: 7 })).toBe(7);
  });

  test('is closed and resumed by the library', () => {
    const { platform, stream } = setUp();
    stream.close();
    stream.resume();
    expect([platform.closed, platform.resumed]).toEqual([1, 1]);
    expect(platform.options).toMatchObject({ url: '../sse', channels: '*', keep: false });
  });
});

describe('what arrives', () => {
  test('a thousand times between two frames is one notification', () => {
    const { platform, stream, listener } = setUp();
    platform.goLive();
    listener.mockClear();
    for (let i = 0; i < 999; i++) platform.event('jobs/a', String(i), `200-${String(i)}`);
    expect(listener).not.toHaveBeenCalled();
    platform.draw();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(stream.getSnapshot().state).toHaveLength(1_000);
    expect(platform.frames).toBe(0);
  });

  test('without a frame ever being drawn is not hoarded', () => {
    const { platform, stream, reduce, listener } = setUp();
    for (let i = 0; i < 2_500; i++) platform.event('jobs/a', String(i));
    expect(reduce.mock.calls.map(([, arrivals]) => arrivals.length)).toEqual([1_000, 1_000]);
    expect(listener).not.toHaveBeenCalled();
    platform.draw();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(stream.getSnapshot().state).toHaveLength(2_500);
  });

  test('is an event, live or not, as the library says', () => {
    const { platform, stream } = setUp();
    platform.event('jobs/a', 'a snapshot', '90-0', false);
    platform.event('jobs/a', 'news', '101-0');
    platform.draw();
    expect(stream.getSnapshot().state).toEqual([
      { kind: 'event', channel: 'jobs/a', id: '90-0', name: 'progress', data: 'a snapshot', arrived: 1_000_000, live: false },
      { kind: 'event', channel: 'jobs/a', id: '101-0', name: 'progress', data: 'news', arrived: 1_000_000, live: true },
    ]);
  });

  test('unreadable is a notice with the text, a reset one with its data', () => {
    const { platform, stream } = setUp();
    platform.event('', '{"channel":');
    platform.options?.onReset?.({ requested: '1-0', oldest: '5-0', missed: 3, channels: ['*'] });
    platform.draw();
    expect(stream.getSnapshot().state).toMatchObject([
      { kind: 'notice', name: 'unreadable', data: '{"channel":' },
      { kind: 'notice', name: 'reset', data: '{"requested":"1-0","oldest":"5-0","missed":3,"channels":["*"]}' },
    ]);
  });

  test('leaves the snapshot alone until something changes', () => {
    const { platform, stream } = setUp();
    const before = stream.getSnapshot();
    platform.draw();
    expect(stream.getSnapshot()).toBe(before);
  });

  test('is told to nobody who has unsubscribed', () => {
    const { platform, stream } = setUp();
    const late = vi.fn();
    stream.subscribe(late)();
    platform.goLive();
    expect(late).not.toHaveBeenCalled();
  });
});
