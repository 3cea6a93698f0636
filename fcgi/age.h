/* Ends streams that are old. A proxy can keep a dead browser's connection alive for ever, and a web
 * server's old processes wait for their streams. The client comes back at once and resumes. */
#ifndef SSE_AGE_H
#define SSE_AGE_H

#include <stdint.h>
#include <uv.h>

#include "config.h"
#include "stream.h"

struct ages;

/* For the streams of `streams`; both must live as long. NULL without memory. */
struct ages *ages_new(uv_loop_t *loop, const struct config *config, struct streams *streams);

/* Call it when a stream was opened: with none open the loop is left to sleep. */
void ages_watch(struct ages *ages);

/* The loop must run once more for its handle. NULL does nothing. */
void ages_free(struct ages *ages);

/* How old a stream may get, in milliseconds: 75 to 100 % of `max_age_ms`, so that those that were
 * opened together do not come back together. Made of its number, and `seed` of the process: a
 * stream need not remember it. */
uint32_t age_limit_ms(uint32_t max_age_ms, uint64_t number, uint32_t seed);

#endif
