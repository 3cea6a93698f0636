// A stream on a library driven by hand, for tests; its state is simply all that arrived.
import { vi } from 'vitest';
import type { Arrival } from './arrival';
import { FakePlatform } from './fakePlatform';
import { createStream } from './stream';

export function setUp() {
  const platform = new FakePlatform();
  const reduce = vi.fn((state: readonly Arrival[], arrivals: readonly Arrival[]) => [...state, ...arrivals]);
  const stream = createStream<readonly Arrival[]>({
    url: '../sse',
    channels: '*',
    last: 1,
    initial: [],
    reduce,
    platform,
  });
  const listener = vi.fn();
  stream.subscribe(listener);
  const connection = () => stream.getSnapshot().connection;
  const names = () => stream.getSnapshot().state.map(({ name }) => name);
  return { platform, stream, reduce, listener, connection, names };
}
