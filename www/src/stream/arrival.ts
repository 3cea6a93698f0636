// What comes out of the stream: events that somebody published, and notices about the stream itself.

export interface PublishedEvent {
  kind: 'event';
  channel: string;
  /** `<ms of publishing>-<sequence>`; null where the publisher gave none. */
  id: string | null;
  name: string;
  data: string;
  /** When it reached the page, in ms. */
  arrived: number;
  /** False for what was told before the stream was caught up: state and replay, not news. */
  live: boolean;
}

export interface Notice {
  kind: 'notice';
  /**
   * `open` caught up, nothing known before; `resumed` caught up, nothing missed;
   * `reset` events were missed; `lost` the connection broke; `stopped` by the user;
   * `unreadable` a message that is no wrapped event.
   */
  name: 'open' | 'resumed' | 'reset' | 'lost' | 'stopped' | 'unreadable';
  data: string;
  arrived: number;
}

export type Arrival = PublishedEvent | Notice;
