// A client as browsers have it: it follows a target, and when the stream ends it comes back with its cursor.
import { eventually } from './eventually.mjs';

export class Follower {
  /**
   * Starts to follow `target` at `server` (a Responder or a Lighttpd). `cursor` is what a browser would have kept;
   * `retry` is in milliseconds, cut short, since it is nothing that a test waits for.
   */
  constructor(ws, server, target, { cursor, headers = {}, retry = 5 } = {}) {
    Object.assign(this, { server, target, cursor, headers, retry });
    this.start = cursor; // where it began to follow
    this.events = []; // of all its streams, in the order in which they came
    this.streams = [];
    this.state = 'following'; // or paused, or stopped, or why it stays away: 'gone' (204), 'failed'
    ws.owned.push(this);
    this.connect();
  }

  /** The stream that is open now, or the last one. */
  get stream() {
    return this.streams.at(-1);
  }

  connect() {
    const headers = { ...this.headers };
    if (this.cursor !== undefined) headers['Last-Event-ID'] = this.cursor;
    const stream = this.server.open(this.target, { headers });
    stream.onEvent = (event) => this.take(event);
    stream.onEnd = () => this.onEnd(stream);
    this.streams.push(stream);
  }

  take(event) {
    this.events.push({ ...event, stream: this.streams.length });
    if (event.id !== undefined) this.cursor = event.id;
  }

  onEnd(stream) {
    if (this.state !== 'following' || stream !== this.stream) return; // it was left on purpose
    if (stream.status === 204) this.state = 'gone';
    else if (stream.status !== 200 && stream.status !== null) this.state = 'failed';
    else this.timer = setTimeout(() => this.connect(), this.retry);
  }

  /** Loses its connection, and comes back. */
  cut() {
    this.stream.abandon();
  }

  /** Loses its connection, and comes back at `resume`. */
  pause() {
    this.state = 'paused';
    clearTimeout(this.timer);
    this.stream.abandon();
  }

  resume() {
    this.state = 'following';
    this.connect();
  }

  pauseOrResume() {
    if (this.state === 'paused') this.resume();
    else this.pause();
  }

  stop() {
    this.state = 'stopped';
    clearTimeout(this.timer);
    this.stream.abandon();
  }

  // --- what a test asks ---

  named(name) {
    return this.events.filter(({ event }) => event === name);
  }

  opens() {
    return this.named('stream-open');
  }

  resets() {
    return this.named('stream-reset');
  }

  /** The published events, without the responder's own. */
  published() {
    return this.events.filter(({ event }) => !event.startsWith('stream-'));
  }

  ids() {
    return this.published().map(({ id }) => id);
  }

  has(id) {
    return this.published().findLast((event) => event.id === id);
  }

  until(check, what) {
    const look = () => check(this) || Promise.reject(new Error(this.describe()));
    return eventually(look, `${this.target}: ${what}`);
  }

  /** The stream-open number `count`, over all its streams. */
  opened(count = 1) {
    return this.until(() => this.opens()[count - 1], `stream-open ${count}`);
  }

  gets(id) {
    return this.until(() => this.has(id), `event ${id}`);
  }

  describe() {
    const last = this.events.slice(-5).map(({ event, id }) => `${event} ${id}`);
    return `${this.state}, ${this.streams.length} streams, ${this.events.length} events, the last: ${last.join(', ')}`;
  }
}
