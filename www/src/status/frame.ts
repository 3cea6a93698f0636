// Parsing of what the server sends. Total: any text gives a value, never an exception.
import type { StatusEvent, StatusReset } from './sse-status';

/** The event inside a wrapped frame (wrap=1). What is no such thing is an event of the channel '', with the whole text. */
export function parseEvent(text: string, live: boolean): StatusEvent {
  const frame = parseObject(text);
  const isWrapped = typeof frame?.['channel'] === 'string' && typeof frame['data'] === 'string';
  return { channel: '', id: null, event: 'message', data: text, ...(isWrapped && frame), live };
}

/** The data of a `stream-reset`. */
export function parseReset(text: string): StatusReset {
  return { channels: [], ...parseObject(text) } as unknown as StatusReset;
}

/** `text` as a JSON object; null if it is anything else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
