// What the log of one channel keeps: a short EventSource of its own, until the server says that it is caught up.
import { parseEvent } from '../status/frame';
import type { PublishedEvent } from './arrival';

/** Tells `onEvent` each event that is kept, the oldest first, then `onEnd` up to which id that was, or null if
 * the reading failed on the way. Calls neither before it returns. What it returns ends it. */
export type ReadHistory = (
  channel: string,
  onEvent: (event: PublishedEvent) => void,
  onEnd: (horizon: string | null) => void,
) => () => void;

/** Reads from `url`, the address of all streams. */
export function historyOf(url: string, Source: new (url: string) => EventSource = EventSource): ReadHistory {
  return (channel, onEvent, onEnd) => {
    const source = new Source(`${url}?channel=${encodeURIComponent(channel)}&wrap=1&since=all`);
    const end = (horizon: string | null) => {
      source.close();
      onEnd(horizon);
    };
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const { event: name, ...event } = parseEvent(data, false);
      if (event.channel !== '') onEvent({ kind: 'event', ...event, name, arrived: Date.now() });
    });
    source.addEventListener('stream-open', ({ lastEventId }: MessageEvent<string>) => {
      end(lastEventId);
    });
    // A second try would tell all of it again.
    source.addEventListener('error', () => {
      end(null);
    });
    return () => {
      source.close();
    };
  };
}
