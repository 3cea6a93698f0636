// The stream as a store: one EventSource that outlives its failures, and a state reduced from what
// arrives. However many events come, subscribers are told at most once a frame.
import type { Arrival, Notice } from './arrival';
import { backoff } from './backoff';
import { type Connection, lastLive } from './connection';
import { browser, type Platform } from './platform';
import { parseResumed, parseWrapped } from './wrapped';

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
  initial: State;
  reduce: (state: State, arrivals: readonly Arrival[]) => State;
  platform?: Platform;
}

// A frame may be a second away in a hidden page; what waits for it is bounded.
const WAITING_MAX = 1_000;
const CLOSED = 2;

/** Opens the stream at once. */
export function createStream<State>(options: StreamOptions<State>): Stream<State> {
  const { url, initial, reduce, platform = browser } = options;
  const listeners = new Set<() => void>();
  let snapshot: Snapshot<State> = { connection: { state: 'connecting', lastLive: null }, state: initial };
  let connection = snapshot.connection;
  let waiting: Arrival[] = [];
  let source: EventSource | null = null;
  let cursor = '';
  let attempt = 0;
  let cancelFrame: (() => void) | null = null;
  let cancelRetry: (() => void) | null = null;

  function flush() {
    cancelFrame?.();
    cancelFrame = null;
    const arrivals = waiting;
    waiting = [];
    snapshot = { connection, state: arrivals.length > 0 ? reduce(snapshot.state, arrivals) : snapshot.state };
    for (const listener of [...listeners]) listener();
  }

  function add(arrival: Arrival) {
    waiting.push(arrival);
    if (waiting.length >= WAITING_MAX) flush();
    else cancelFrame ??= platform.frame(flush);
  }

  function note(name: Notice['name'], data = '') {
    add({ kind: 'notice', name, data, arrived: platform.now() });
  }

  // The only place where the connection changes. It is rare and must not wait for a frame.
  function become(next: Connection) {
    connection = next;
    flush();
  }

  /** When the page was last live, seen from a moment at which it stops being so. */
  function wasLive(): number | null {
    return connection.state === 'live' ? platform.now() : lastLive(connection);
  }

  function open() {
    cancelRetry?.();
    cancelRetry = null;
    source = new platform.EventSource(withCursor(url, cursor));
    source.addEventListener('open', onOpen);
    source.addEventListener('error', onError);
    source.addEventListener('message', onMessage);
    source.addEventListener('stream-open', onStreamOpen);
    source.addEventListener('stream-reset', onStreamReset);
    become({ state: 'connecting', lastLive: wasLive() });
  }

  function shut() {
    cancelRetry?.();
    cancelRetry = null;
    source?.close();
    source = null;
  }

  function remember(message: MessageEvent) {
    if (message.lastEventId !== '') cursor = message.lastEventId;
  }

  function onOpen() {
    // The browser's own retry has come through; live only from `stream-open` on.
    if (connection.state === 'retrying') become({ state: 'connecting', lastLive: connection.lastLive });
  }

  function onMessage(message: MessageEvent<string>) {
    remember(message);
    const event = parseWrapped(message.data);
    if (event === null) note('unreadable', message.data);
    else add({ kind: 'event', ...event, arrived: platform.now(), live: connection.state === 'live' });
  }

  function onStreamOpen(message: MessageEvent<string>) {
    remember(message);
    attempt = 0;
    note(parseResumed(message.data) ? 'resumed' : 'open', message.data);
    if (connection.state !== 'live') become({ state: 'live', since: platform.now() });
  }

  function onStreamReset(message: MessageEvent<string>) {
    remember(message);
    note('reset', message.data);
  }

  function onError() {
    if (connection.state === 'live') note('lost');
    const gaveUp = source === null || source.readyState === CLOSED;
    if (!gaveUp) {
      become({ state: 'retrying', retryAt: null, lastLive: wasLive() });
      return;
    }
    // A browser gives up for good on any answer but 200, which is just what a web server says while
    // the responder restarts. The next EventSource must be told the cursor: it sends no Last-Event-ID.
    shut();
    const pause = backoff(attempt, platform.random());
    attempt += 1;
    cancelRetry = platform.after(pause, open);
    become({ state: 'retrying', retryAt: platform.now() + pause, lastLive: wasLive() });
  }

  open();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getSnapshot: () => snapshot,
    close() {
      if (connection.state === 'stopped') return;
      shut();
      note('stopped');
      become({ state: 'stopped', reason: 'user', lastLive: wasLive() });
    },
    resume() {
      if (source !== null) return;
      attempt = 0;
      open();
    },
  };
}

/** `url` with the cursor in its query, once there is one. */
export function withCursor(url: string, cursor: string): string {
  if (cursor === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}last_event_id=${encodeURIComponent(cursor)}`;
}
