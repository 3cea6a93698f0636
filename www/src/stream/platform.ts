// What the stream needs from the browser, in one place, so that tests can hand in their own.

export interface Platform {
  EventSource: new (url: string) => EventSource;
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls back once, after `ms`; returns what takes it back. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once, when the next frame is drawn; returns what takes it back. */
  frame(callback: () => void): () => void;
}

// A hidden page draws no frames; without this it would hold back everything until it is looked at.
const HIDDEN_FRAME_MS = 1_000;

export const browser: Platform = {
  EventSource: globalThis.EventSource,
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  frame(callback) {
    const cancel = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
    const run = () => {
      cancel();
      callback();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, HIDDEN_FRAME_MS);
    return cancel;
  },
};
