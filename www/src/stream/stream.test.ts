// What the stream keeps and tells: its cursor, and what arrives.
import { describe, expect, test, vi } from 'vitest';
import { withCursor } from './stream';
import { setUp } from './testStream';

describe('the cursor', () => {
  test('is kept through events without an id', () => {
    const { platform } = setUp();
    platform.source.goLive('100-0');
    platform.source.wrapped('jobs/a', 'foreign');
    platform.source.giveUp();
    platform.pass(1_000);
    expect(platform.source.url).toContain('last_event_id=100-0');
  });

  test('is moved by a stream-reset', () => {
    const { platform } = setUp();
    platform.source.say('stream-reset', '{"requested":"1-0","oldest":"150-0"}', '140-0');
    platform.source.giveUp();
    platform.pass(1_000);
    expect(platform.source.url).toContain('last_event_id=140-0');
  });

  test('is escaped, and begins the query where there is none', () => {
    expect(withCursor('sse', '1-0&x')).toBe('sse?last_event_id=1-0%26x');
    expect(withCursor('sse', '')).toBe('sse');
  });
});

describe('what arrives', () => {
  test('a thousand times between two frames is one notification', () => {
    const { platform, stream, listener } = setUp();
    platform.source.goLive();
    listener.mockClear();
    for (let i = 0; i < 999; i++) platform.source.wrapped('jobs/a', String(i), `200-${String(i)}`);
    expect(listener).not.toHaveBeenCalled();
    platform.draw();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(stream.getSnapshot().state).toHaveLength(1_000);
    expect(platform.frames).toBe(0);
  });

  test('without a frame ever being drawn is not hoarded', () => {
    const { platform, stream } = setUp();
    platform.source.goLive();
    for (let i = 0; i < 1_000; i++) platform.source.wrapped('jobs/a', String(i));
    expect(stream.getSnapshot().state).toHaveLength(1_001);
  });

  test('is live only after stream-open', () => {
    const { platform, stream } = setUp();
    platform.source.wrapped('jobs/a', 'a snapshot');
    platform.source.goLive();
    platform.source.wrapped('jobs/a', 'news', '101-0');
    platform.draw();
    const [before, , after] = stream.getSnapshot().state;
    expect(before).toMatchObject({ kind: 'event', live: false, id: null, data: 'a snapshot' });
    expect(after).toMatchObject({ kind: 'event', live: true, id: '101-0', arrived: 1_000_000 });
  });

  test('unreadable is a notice with the text, and the stream goes on', () => {
    const { platform, stream } = setUp();
    platform.source.goLive();
    platform.source.say('message', '{"channel":');
    platform.source.wrapped('jobs/a', 'news', '101-0');
    platform.draw();
    expect(stream.getSnapshot().state.slice(1)).toMatchObject([
      { kind: 'notice', name: 'unreadable', data: '{"channel":' },
      { kind: 'event', data: 'news' },
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
    platform.source.goLive();
    expect(late).not.toHaveBeenCalled();
  });
});
