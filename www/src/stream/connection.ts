// The state of the connection: one union type, from which every look of the page is derived.

export type Connection =
  /** Asked for, or answered but still being told what it missed. */
  | { state: 'connecting'; lastLive: number | null }
  /** Caught up: what is shown is what is. */
  | { state: 'live'; since: number }
  /** Lost. `retryAt` is null where the browser retries by itself and does not say when. */
  | { state: 'retrying'; retryAt: number | null; lastLive: number | null }
  /** Closed: by the user, or because the server says that all has ended (204). */
  | { state: 'stopped'; reason: 'user' | 'ended'; lastLive: number | null };

export type ConnectionState = Connection['state'];

/** When the page was last live, in ms; null if it is live or never was. */
export function lastLive(connection: Connection): number | null {
  return connection.state === 'live' ? null : connection.lastLive;
}
