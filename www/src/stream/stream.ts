// The stream as a store: the library's connection, and a state reduced from what arrives. However many events come,
// subscribers are told at most once a frame.
import type { Connection } from '../status/sse-status';
import type { Arrival, Notice } from './arrival';
import { browser, type Platform } from './platform';

export interface Snapshot<State> {
  connection: Connection;
  state: State;
}

export interface Stream<State> {
  /** Calls `listener` after each change of the snapshot; returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): Snapshot<State>;
  /** Closes the connection until `resume`; what arrived stays. */
  close(): void;
  /** Opens it again, from the last event that arrived; also cuts short a pause between attempts. */
  resume(): void;
}

export interface StreamOptions<State> {
  url: string;
  channels: string;
  /** How many of the newest events of each channel it starts with. */
  last: number;
  initial: State;
  reduce: (state: State, arrivals: readonly Arrival[]) => State;
  platform?: Platform;
}

// A frame may be a second away in a hidden page; what waits for it is bounded.
const WAITING_MAX = 1_000;

/** Opens the stream at once. */
export function createStream<State>(options: StreamOptions<State>): Stream<State> {
  const { url, channels, last, initial, reduce, platform = browser } = options;
  const listeners = new Set<() => void>();
  let connection: Connection = { state: 'connecting', lastLive: null };
  let snapshot: Snapshot<State> = { connection, state: initial };
  let state = initial;
  let waiting: Arrival[] = [];
  let cancelFrame: (() => void) | null = null;

  function take() {
    const arrivals = waiting;
    waiting = [];
    if (arrivals.length > 0) state = reduce(state, arrivals);
  }

  function flush() {
    cancelFrame?.();
    cancelFrame = null;
    take();
    snapshot = { connection, state };
    for (const listener of [...listeners]) listener();
  }

  function hear(): number {
    cancelFrame ??= platform.frame(flush);
    return platform.now();
  }

  function add(arrival: Arrival) {
    waiting.push(arrival);
    if (waiting.length >= WAITING_MAX) take();
  }

  function note(name: Notice['name'], data = '') {
    add({ kind: 'notice', name, data, arrived: platform.now() });
  }

  // The connection changes rarely, and must not wait for a frame.
  function onState(next: Connection) {
    const previous = connection;
    connection = next;
    if (next.state === 'live') note(previous.state !== 'live' && previous.lastLive !== null ? 'resumed' : 'open');
    else if (next.state === 'stopped') note('stopped');
    else if (previous.state === 'live') note('lost');
    flush();
  }

  const status = platform.connect({
    url,
    channels,
    last,
    keep: false,
    onState,
    onEvent({ channel, id, event, data, live }) {
      const arrived = hear();
      // What is no wrapped event has no channel.
      if (channel === '') note('unreadable', data);
      else add({ kind: 'event', channel, id, name: event, data, arrived, live });
    },
    onReset(reset) {
      hear();
      note('reset', JSON.stringify(reset));
    },
  });

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getSnapshot: () => snapshot,
    close: status.close,
    resume: status.resume,
  };
}
