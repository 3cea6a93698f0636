// The binding of the stream to React; the only one.
import { useSyncExternalStore } from 'react';
import type { Snapshot, Stream } from '../stream/stream';

export function useStream<State>(stream: Stream<State>): Snapshot<State> {
  return useSyncExternalStore(stream.subscribe, stream.getSnapshot, stream.getSnapshot);
}
