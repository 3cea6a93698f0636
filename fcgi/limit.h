/* How many streams may be open, and the word about those that were turned away. */
#ifndef SSE_LIMIT_H
#define SSE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "config.h"

struct limit;

/* NULL without memory. `config` must live as long. */
struct limit *limit_new(uv_loop_t *loop, const struct config *config);

/* How many streams may be open now: as many as are configured, and at most as many as leave some
 * of the process' descriptors (RLIMIT_NOFILE as it is at this moment) for requests that are being
 * read, for Redis and for us. */
size_t limit_streams(const struct limit *limit);

/* A request was turned away while `streams` were open. Logged once a second at most. */
void limit_turned_away(struct limit *limit, size_t streams);

/* The loop must run once more for its handle. NULL does nothing. */
void limit_free(struct limit *limit);

/* Of so many descriptors, how many are for streams. */
size_t limit_of_descriptors(size_t descriptors);

/* How many connections may wait to become streams while `streams` are open, so that descriptors
 * are enough for them. From any thread. */
size_t limit_waiting(size_t streams);

#endif
