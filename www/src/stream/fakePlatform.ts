// A browser driven by hand, for tests: its EventSource says what the test lets it say, its time
// passes when the test says so.
import type { Platform } from './platform';

export class FakeEventSource extends EventTarget {
  readyState = 0;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }

  /** An event of the server, as the browser hands it over. */
  say(type: string, data: string, lastEventId = '') {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId }));
  }

  wrapped(channel: string, data: string, id?: string) {
    this.say('message', JSON.stringify({ channel, id, event: 'progress', data }), id);
  }

  /** The answer has come, and the client is caught up. */
  goLive(id = '100-0', resumed = false) {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
    this.say('stream-open', JSON.stringify({ channels: ['*'], resumed }), id);
  }

  /** The connection broke; the browser tries again by itself. */
  breakOff() {
    this.readyState = 0;
    this.dispatchEvent(new Event('error'));
  }

  /** Any answer but 200: the browser gives up for good. */
  giveUp() {
    this.readyState = 2;
    this.dispatchEvent(new Event('error'));
  }

  close() {
    this.readyState = 2;
  }
}

export class FakePlatform implements Platform {
  readonly sources: FakeEventSource[] = [];
  readonly EventSource: Platform['EventSource'];
  time = 1_000_000;
  randomness = 0.5;
  #timers = new Map<object, { at: number; callback: () => void }>();
  #frames = new Set<() => void>();

  constructor() {
    const { sources } = this;
    this.EventSource = class extends FakeEventSource {
      constructor(url: string) {
        super(url);
        sources.push(this);
      }
    } as unknown as Platform['EventSource'];
  }

  now() {
    return this.time;
  }

  random() {
    return this.randomness;
  }

  after(ms: number, callback: () => void) {
    const timer = {};
    this.#timers.set(timer, { at: this.time + ms, callback });
    return () => {
      this.#timers.delete(timer);
    };
  }

  frame(callback: () => void) {
    this.#frames.add(callback);
    return () => {
      this.#frames.delete(callback);
    };
  }

  /** Lets `ms` pass. */
  pass(ms: number) {
    this.time += ms;
    for (const [timer, { at, callback }] of [...this.#timers]) {
      if (at <= this.time && this.#timers.delete(timer)) callback();
    }
  }

  /** Draws a frame. */
  draw() {
    const frames = [...this.#frames];
    this.#frames.clear();
    for (const callback of frames) callback();
  }

  get frames() {
    return this.#frames.size;
  }

  get timers() {
    return this.#timers.size;
  }

  get source(): FakeEventSource {
    const source = this.sources.at(-1);
    if (source === undefined) throw new Error('no EventSource was made');
    return source;
  }
}
