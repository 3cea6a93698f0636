// The reading of a channel's log.
import { expect, test, vi } from 'vitest';
import { historyOf } from './history';

/** An EventSource that says what the test lets it say. */
class FakeSource extends EventTarget {
  isClosed = false;

  say(type: string, data: unknown, lastEventId = '') {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.dispatchEvent(new MessageEvent(type, { data: text, lastEventId }));
  }

  close() {
    this.isClosed = true;
  }
}

function start() {
  const source = new FakeSource();
  const asked: string[] = [];
  function Source(url: string) {
    asked.push(url);
    return source;
  }
  const onEvent = vi.fn();
  const onEnd = vi.fn();
  const cancel = historyOf('/sse', Source as unknown as typeof EventSource)('jobs/a b', onEvent, onEnd);
  return { source, asked, onEvent, onEnd, cancel };
}

test('all of the log is asked for, told in order, and closed where the stream is live', () => {
  const { source, asked, onEvent, onEnd } = start();
  expect(asked).toEqual(['/sse?channel=jobs%2Fa%20b&wrap=1&since=all']);
  source.say('message', { channel: 'jobs/a', id: '5-0', event: 'progress', data: '1' });
  source.say('message', 'no wrapped event');
  source.say('message', { channel: 'jobs/a', id: '6-0', event: 'log', data: '2' });
  expect(onEnd).not.toHaveBeenCalled();
  source.say('stream-open', { channels: ['jobs/a'], resumed: true }, '7-0');
  expect(onEvent.mock.calls).toMatchObject([[{ data: '1', id: '5-0', live: false }], [{ data: '2', id: '6-0' }]]);
  expect(onEnd.mock.calls).toEqual([['7-0']]);
  expect(source.isClosed).toBe(true);
});

test('a failure on the way ends it without a second try', () => {
  const { source, onEnd } = start();
  source.dispatchEvent(new Event('error'));
  expect(onEnd.mock.calls).toEqual([[null]]);
  expect(source.isClosed).toBe(true);
});

test('cancelled, it is closed', () => {
  const { source, onEnd, cancel } = start();
  cancel();
  expect(source.isClosed).toBe(true);
  expect(onEnd).not.toHaveBeenCalled();
});
