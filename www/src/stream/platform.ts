// What the stream needs from the browser, in one place, so that tests can hand in their own.
import { connect } from '../status/connect';
import type { StatusConnection, StatusOptions } from '../status/sse-status';

export interface Platform {
  connect(options: StatusOptions): StatusConnection;
  now(): number;
  /** Calls back once, when the next frame is drawn; returns what takes it back. */
  frame(callback: () => void): () => void;
}

// A hidden page draws no frames; without this it would hold back everything until it is looked at.
const HIDDEN_FRAME_MS = 1_000;

export const browser: Platform = {
  connect,
  now: () => Date.now(),
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
