// The library's types, as they are shipped beside sse-status.js; the sources take them from here, too.

/** An event that somebody published. */
export interface StatusEvent {
  channel: string;
  /** `<ms of publishing>-<sequence>`; null where the publisher gave none. */
  id: string | null;
  /** Its name; `message` where it has none. */
  event: string;
  data: string;
  /** False for state and replay: what was told before the client was caught up. */
  live: boolean;
}

/** Events that are gone: those after `requested` and before `oldest` (null: none is kept). */
export interface StatusReset {
  requested: string | null;
  oldest: string | null;
  /** How many, of all channels together; null where that cannot be known: see `stream-reset` in the README. */
  missed: number | null;
  channels: readonly string[];
}

/** The state of the connection. Times are in ms, as Date.now() has them; `lastLive` is null if it never was live. */
export type Connection =
  /** Asked for, or answered but still being told what it missed. */
  | { state: 'connecting'; lastLive: number | null }
  /** Caught up: what is shown is what is. */
  | { state: 'live'; since: number }
  /** Lost. `retryAt` is null where the browser retries by itself and does not say when. */
  | { state: 'retrying'; retryAt: number | null; lastLive: number | null }
  /** Closed by `close`, or over: every channel has been ended (the server answers 204). */
  | { state: 'stopped'; reason: 'user' | 'ended'; lastLive: number | null };

export interface StatusOptions {
  /** Where sse.fcgi is. Without it: `../sse`, seen from this script. */
  url?: string;
  /**
   * Names, and patterns such as `jobs/*` and `*`. One stream follows 100 at most: where the tabs of a site want more, it
   * follows `*`, and each of them still gets only its own.
   */
  channels: string | readonly string[];
  onEvent: (event: StatusEvent) => void;
  /** Called at each change; it begins as `connecting`. */
  onState?: (connection: Connection) => void;
  /** Events were missed, and cannot be had any more. */
  onReset?: (reset: StatusReset) => void;
  /** A sign of life that is no event. */
  onHeartbeat?: () => void;
  /** Without a cursor: start with the newest events of each channel, that many of each; 1 unless said otherwise. */
  last?: number;
  /** Whether a reload of the page goes on behind the last event; true unless said otherwise. False: it starts anew. */
  keep?: boolean;
}

export interface StatusConnection {
  readonly connection: Connection;
  /** Closes until `resume`. */
  close(): void;
  /** Opens again, from the last event; also cuts short a pause between attempts. */
  resume(): void;
}

/** Follows channels, over one connection for all tabs of the site. */
export function connect(options: StatusOptions): StatusConnection;

/** Of sse-status.classic.js: the global `sseStatus`. */
export as namespace sseStatus;

declare global {
  interface HTMLElementTagNameMap {
    'sse-progress': HTMLElement;
    'sse-text': HTMLElement;
  }
}
