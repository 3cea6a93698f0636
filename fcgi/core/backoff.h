/* When to try again: exponential backoff with full jitter. Pure: randomness is an argument. */
#ifndef SSE_CORE_BACKOFF_H
#define SSE_CORE_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t first_ms; /* upper bound of the first delay */
    uint32_t most_ms;  /* upper bound of every delay */
    uint32_t bound_ms; /* upper bound of the next delay; 0 = first_ms */
};

/* The next delay in ms, 1 to the bound, chosen by `random` (any 32 random bits); then the bound
 * doubles. Full jitter, so that clients which lost the same server do not come back together. */
uint32_t backoff_next(struct backoff *backoff, uint32_t random);

/* After a success: the next delay is a first one again. */
void backoff_reset(struct backoff *backoff);

/* A value from `base` to `base + base / 2`, chosen by `random`: a delay handed to many clients. */
uint32_t backoff_jitter(uint32_t base, uint32_t random);

#endif
