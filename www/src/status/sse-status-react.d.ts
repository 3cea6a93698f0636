// The types of sse-status-react.js, as they are shipped beside it.
import type { Connection, StatusEvent } from './sse-status.js';

export interface ChannelState {
  /** The newest event; null before the first one. */
  event: StatusEvent | null;
  connection: Connection;
}

/** Follows a channel, or a pattern, for as long as the component is there. */
export function useChannel(channel: string, options?: { url?: string; last?: number }): ChannelState;
