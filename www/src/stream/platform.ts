// What the stream needs from the browser, in one place, so that tests can hand in their own.
import { connect } from '../status/connect';
import type { StatusConnection, StatusOptions } from '../status/sse-status';

export interface Platform {
  connect(options: StatusOptions): StatusConnection;
  now(): number;
  /** Calls back once, when the next frame is drawn, or one soon after if that was done just now; returns what takes it
   * back. */
  frame(callback: () => void): () => void;
}

// A hidden page draws no frames; without this it would hold back everything until it is looked at.
const HIDDEN_FRAME_MS = 1_000;
// However fast events come: what is drawn anew then leaves most of the time to other frames.
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 400;
const PAUSE_SHARE = 5;
let next = 0;

export const browser: Platform = {
  connect,
  now: () => Date.now(),
  frame(callback) {
    let frame = 0;
    const cancel = () => {
      cancelAnimationFrame(frame);
      clearTimeout(pause);
      clearTimeout(timer);
    };
    const run = () => {
      cancel();
      const start = performance.now();
      next = start + PAUSE_MS;
      callback();
      // Behind the frame: with style, layout and paint.
      setTimeout(() => {
        next = start + Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MS, PAUSE_SHARE * (performance.now() - start)));
      });
    };
    const pause = setTimeout(() => {
      frame = requestAnimationFrame(run);
    }, next - performance.now());
    const timer = setTimeout(run, HIDDEN_FRAME_MS);
    return cancel;
  },
};
