// An SSE client of our own, strict where real ones are lenient: bytes in, events out, all of it kept.
import assert from 'node:assert/strict';
import { DEADLINE_MS } from './eventually.mjs';

/** Server-sent events out of bytes in any split, by the rules of the WHATWG HTML standard. */
export class SseParser {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.decoder = new TextDecoder('utf-8', { fatal: true }); // a responder never sends anything else
    this.rest = '';
    this.afterReturn = false;
    this.comments = 0;
    this.retries = [];
    this.clear();
  }

  clear() {
    this.lines = [];
    this.event = '';
    this.data = [];
    this.id = undefined;
  }

  feed(bytes) {
    let text = this.decoder.decode(bytes, { stream: true });
    if (text === '') return;
    if (this.afterReturn && text.startsWith('\n')) text = text.slice(1);
    this.afterReturn = text.endsWith('\r');
    text = this.rest + text;
    const lineEnd = /\r\n|\r|\n/g;
    let start = 0;
    for (let found; (found = lineEnd.exec(text)); start = lineEnd.lastIndex) {
      this.line(text.slice(start, found.index));
    }
    this.rest = text.slice(start);
  }

  line(line) {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return void this.comments++;
    this.lines.push(line);
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retries.push(Number(value));
  }

  dispatch() {
    const { lines, id } = this;
    const event = this.event === '' ? 'message' : this.event;
    const data = this.data.length > 0 ? this.data.join('\n') : null;
    this.clear();
    if (data !== null) this.onEvent({ event, data, id, lines });
  }
}

/** One open response: its status and headers, its events, its raw body; filled by a transport (lib/open.mjs). */
export class SseClient {
  constructor(target) {
    this.target = target;
    this.status = null;
    this.headers = {};
    this.events = [];
    this.chunks = [];
    this.closed = false;
    this.waiters = [];
    this.parser = new SseParser((event) => {
      this.events.push(event);
      this.onEvent?.(event);
    });
  }

  // What a transport calls.

  head(status, headers) {
    this.status = status;
    this.headers = headers;
    this.wake();
  }

  feed(bytes) {
    this.chunks.push(Buffer.from(bytes));
    this.parser.feed(bytes);
    this.wake();
  }

  /** `clean`: the server ended the response properly (END_REQUEST, last chunk). */
  ended(clean) {
    if (this.closed) return;
    this.closed = true;
    this.clean = clean;
    this.wake();
    this.onEnd?.();
  }

  // What a test asks.

  /** Everything received as body, up to now. */
  raw() {
    return Buffer.concat(this.chunks);
  }

  /** The raw text from the first frame after the stream-open on. */
  afterOpen() {
    const raw = this.raw().toString();
    return raw.slice(raw.indexOf('\n\n', raw.indexOf('event: stream-open')) + 2);
  }

  get heartbeats() {
    return this.parser.comments;
  }

  /** The published events, without the responder's own. */
  published() {
    return this.events.filter(({ event }) => !event.startsWith('stream-'));
  }

  opens() {
    return this.events.filter(({ event }) => event === 'stream-open');
  }

  /** Resolves with what `predicate(this)` returns as soon as that is truthy; looked at after each piece. */
  waitFor(predicate, what = String(predicate), deadline = DEADLINE_MS) {
    return new Promise((resolve, reject) => {
      const fail = (why) =>
        reject(new Error(`${this.target}: ${why}: ${what}\n${this.describe()}`));
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((waiter) => waiter !== look);
        fail(`not within ${deadline} ms`);
      }, deadline);
      const done = (settle) => {
        clearTimeout(timer);
        settle();
        return true;
      };
      const look = () => {
        const found = predicate(this);
        if (found) return done(() => resolve(found));
        return this.closed && done(() => fail('the stream was closed before'));
      };
      if (!look()) this.waiters.push(look);
    });
  }

  wake() {
    this.waiters = this.waiters.filter((look) => !look());
  }

  opened(count = 1) {
    return this.waitFor(
      () => this.opens().length >= count && this.opens()[count - 1],
      `stream-open ${count}`,
    );
  }

  /** The first published event whose data is `data`. */
  gets(data, deadline) {
    const wanted = () => this.published().find((event) => event.data === data);
    return this.waitFor(
      wanted,
      `an event with data ${JSON.stringify(data).slice(0, 80)}`,
      deadline,
    );
  }

  getsId(id, deadline) {
    return this.waitFor(
      () => this.published().find((event) => event.id === id),
      `event ${id}`,
      deadline,
    );
  }

  /** The next heartbeat, counted from now. */
  heartbeat(deadline) {
    const before = this.heartbeats;
    return this.waitFor(() => this.heartbeats > before, 'a heartbeat', deadline);
  }

  over(deadline) {
    return this.waitFor(() => this.closed, 'the end of the stream', deadline);
  }

  describe() {
    const body = this.raw();
    const last = JSON.stringify(body.subarray(-600).toString());
    return `status ${this.status}, ${body.length} bytes, ${this.events.length} events, last bytes ${last}`;
  }
}

/** Fails unless the client got exactly the events with these ids, once each and in this order. */
export function assertDelivered(client, publishedIds) {
  const got = client.published().map(({ id }) => id);
  const at = got.findIndex((id, i) => id !== publishedIds[i]);
  const shorter = got.length < publishedIds.length ? got.length : -1;
  const where = at >= 0 ? at : shorter;
  if (where < 0) return;
  assert.fail(
    `${client.target}: published ${publishedIds.length} events, delivered ${got.length}; number ${where} should ` +
      `be ${publishedIds[where]} and is ${got[where]}; around it ${got.slice(Math.max(0, where - 2), where + 3)}`,
  );
}

/** Ids as numbers that can be compared: above 0 if `a` is newer than `b`. */
export function compareIds(a, b) {
  const [[aTime, aSequence], [bTime, bSequence]] = [
    a.split('-').map(Number),
    b.split('-').map(Number),
  ];
  return aTime - bTime || aSequence - bSequence;
}

/** Fails unless each id is above the one before it. */
export function assertRising(ids) {
  const at = ids.findIndex((id, i) => i > 0 && compareIds(id, ids[i - 1]) <= 0);
  assert.equal(at, -1, `id ${at} does not rise: ${ids[at - 1]}, ${ids[at]}`);
}
