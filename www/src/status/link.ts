// The bare state of a connection, as it is told between tabs: what was live when is each client's own.

export type Link =
  | { state: 'connecting' | 'live' }
  | { state: 'retrying'; retryAt: number | null }
  /** Over: the server answered 204. */
  | { state: 'stopped' };

export const CONNECTING: Link = { state: 'connecting' };
