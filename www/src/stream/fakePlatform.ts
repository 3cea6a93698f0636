// A library and a browser driven by hand, for tests: the connection says what the test lets it say, frames are drawn
// when the test says so.
import type { Connection, StatusOptions } from '../status/sse-status';
import type { Platform } from './platform';

export class FakePlatform implements Platform {
  time = 1_000_000;
  options: StatusOptions | null = null;
  closed = 0;
  resumed = 0;
  #frames = new Set<() => void>();

  connect(options: StatusOptions) {
    this.options = options;
    return {
      connection: { state: 'connecting' as const, lastLive: null },
      close: () => {
        this.closed += 1;
      },
      resume: () => {
        this.resumed += 1;
      },
    };
  }

  now() {
    return this.time;
  }

  frame(callback: () => void) {
    this.#frames.add(callback);
    return () => {
      this.#frames.delete(callback);
    };
  }

  /** The connection's state changes. */
  become(connection: Connection) {
    this.options?.onState?.(connection);
  }

  goLive() {
    this.become({ state: 'live', since: this.time });
  }

  event(channel: string, data: string, id: string | null = null, live = true) {
    this.options?.onEvent({ channel, id, event: 'progress', data, live });
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
}
