// The pause before the next attempt: full jitter, so that a thousand pages do not come back at once.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** The pause in ms before attempt `attempt` (0 is the first); `random` is in [0, 1). */
export function backoff(attempt: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}
