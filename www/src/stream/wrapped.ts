// Parsing of what the server sends with wrap=1. Total: any text gives a value, never an exception.

export interface Wrapped {
  channel: string;
  id: string | null;
  name: string;
  data: string;
}

/** The event inside a wrapped frame; null if `text` is no wrapped event. */
export function parseWrapped(text: string): Wrapped | null {
  const frame = parseObject(text);
  if (frame === null || typeof frame['channel'] !== 'string' || typeof frame['data'] !== 'string') {
    return null;
  }
  return {
    channel: frame['channel'],
    id: typeof frame['id'] === 'string' ? frame['id'] : null,
    name: typeof frame['event'] === 'string' ? frame['event'] : 'message',
    data: frame['data'],
  };
}

/** Whether a `stream-open` says that nothing was missed since the cursor that was handed over. */
export function parseResumed(text: string): boolean {
  return parseObject(text)?.['resumed'] === true;
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
