// The reading of a channel's log.
import { expect, test, vi } from 'vitest';
import { FakePlatform } from './fakePlatform';
import { historyOf } from './history';

function start() {
  const platform = new FakePlatform();
  const onEvent = vi.fn();
  const onEnd = vi.fn();
  const cancel = historyOf('/sse', platform.EventSource)('jobs/a b', onEvent, onEnd);
  const [source] = platform.sources;
  if (source === undefined) throw new Error('nothing was asked for');
  return { source, onEvent, onEnd, cancel };
}

test('all of the log is asked for, told in order, and closed where the stream is live', () => {
  const { source, onEvent, onEnd } = start();
  expect(source.url).toBe('/sse?channel=jobs%2Fa%20b&wrap=1&since=all');
  source.wrapped('jobs/a', '1', '5-0');
  source.say('message', 'no wrapped event');
  source.wrapped('jobs/a', '2', '6-0');
  expect(onEnd).not.toHaveBeenCalled();
  source.goLive('7-0');
  expect(onEvent.mock.calls).toMatchObject([[{ data: '1', id: '5-0', live: false }], [{ data: '2', id: '6-0' }]]);
  expect(onEnd.mock.calls).toEqual([['7-0']]);
  expect(source.readyState).toBe(2);
});

test('a failure on the way ends it without a second try', () => {
  const { source, onEnd } = start();
  source.breakOff();
  expect(onEnd.mock.calls).toEqual([[null]]);
  expect(source.readyState).toBe(2);
});

test('cancelled, it is closed', () => {
  const { source, onEnd, cancel } = start();
  cancel();
  expect(source.readyState).toBe(2);
  expect(onEnd).not.toHaveBeenCalled();
});
