/* Exponential backoff with full jitter. */
#include "core/backoff.h"

uint32_t backoff_next(struct backoff *backoff, uint32_t random)
{
    uint32_t bound = backoff->bound_ms ? backoff->bound_ms : backoff->first_ms;

    if (bound > backoff->most_ms)
        bound = backoff->most_ms;
    if (bound == 0)
        bound = 1;
    backoff->bound_ms = bound > backoff->most_ms / 2 ? backoff->most_ms : bound * 2;
    return 1 + (uint32_t)((uint64_t)random * bound >> 32);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->bound_ms = 0;
}

uint32_t backoff_jitter(uint32_t base, uint32_t random)
{
    return base + (uint32_t)((uint64_t)random * (base / 2 + 1) >> 32);
}
