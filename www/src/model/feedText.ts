// The data of an event as text: JSON on one line or indented, without a change to any value. Written from the text and
// not from what it means to JavaScript, whose numbers are not exact.
import type { FeedEntry } from './feed';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

export function isJson(data: string): boolean {
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

/** At most `most` characters of `data` on one line. */
export function folded(data: string, most: number): string {
  const start = data.slice(0, most);
  return /^\s*[{[]/.test(start) ? start.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1') : start.replace(/\s+/g, ' ');
}

/** `json`, which must be JSON, with a line for each value. */
export function indented(json: string): string {
  let out = '';
  let depth = 0;
  let last = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of json.matchAll(TOKEN)) {
    const opened = last === '{' || last === '[';
    if (token === '}' || token === ']') {
      depth -= 1;
      out += (opened ? '' : line()) + token;
    } else {
      if (opened || last === ',') out += line();
      out += token === ':' ? ': ' : token;
      if (token === '{' || token === '[') depth += 1;
    }
    last = token;
  }
  return out;
}

/** An entry as `sse-tail --json` prints it, and its time. */
export function asJson(entry: FeedEntry): string {
  const { data, name } = entry;
  if (entry.kind === 'notice') return JSON.stringify({ time: entry.time, notice: name, data });
  return JSON.stringify({ time: entry.time, id: entry.id, event: name, channel: entry.channel, data });
}

/** Entries as lines of JSON, in the order in which they came. */
export function asJsonLines(newestFirst: readonly FeedEntry[]): string {
  return newestFirst
    .map((entry) => `${asJson(entry)}\n`)
    .reverse()
    .join('');
}
