// The state of the connection: one union type, from which every look of the page is derived.
import type { Connection } from '../status/sse-status';

export type { Connection };
export type ConnectionState = Connection['state'];

/** When the page was last live, in ms; null if it is live or never was. */
export function lastLive(connection: Connection): number | null {
  return connection.state === 'live' ? null : connection.lastLive;
}
