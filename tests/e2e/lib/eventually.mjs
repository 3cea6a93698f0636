// Waiting for a condition, the only way in which these tests wait.
import { setTimeout as pause } from 'node:timers/promises';

/** How long a condition may take before the test fails; generous, since passing tests never wait for it. */
export const DEADLINE_MS = Number(process.env.SSE_TEST_DEADLINE ?? 30_000);

/**
 * Calls `check` until it returns something truthy and returns that. A check that throws counts as "not yet"; at
 * the deadline the last error, or the last value, is told.
 */
export async function eventually(
  check,
  what = String(check),
  { deadline = DEADLINE_MS, every = 15 } = {},
) {
  const end = performance.now() + deadline;
  for (;;) {
    let seen;
    try {
      seen = await check();
      if (seen) return seen;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${deadline} ms: ${what}; last seen: ${seen?.stack ?? seen}`);
    }
    await pause(every);
  }
}

/** The promise's value, or an error that says what did not happen in time. */
export async function within(deadline, what, promise) {
  const stop = new AbortController();
  const late = pause(deadline, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`not within ${deadline} ms: ${what}`);
  });
  late.catch(() => {}); // the abort below ends it with an error that nobody waits for
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

/** Calls `turn(i)` for i = 0, 1, … `count - 1` at `perSecond`, catching up when the machine was late. */
export async function paced(count, perSecond, turn) {
  const start = performance.now();
  for (let done = 0; done < count;) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - start) * perSecond) / 1000));
    while (done < due) turn(done++);
    if (done < count)
      await pause(Math.max(1, (done / perSecond) * 1000 - (performance.now() - start)));
  }
}
