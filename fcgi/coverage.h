/* Whether a follower can start by what is in memory, so that Redis need not be asked (design 5a,
 * rule 7). */
#ifndef SSE_COVERAGE_H
#define SSE_COVERAGE_H

#include <stdbool.h>

#include "core/event_id.h"
#include "follower.h"

/* If so, *horizon is where it then becomes live. Whether the follower's cursor is ahead of Redis is
 * not judged by memory. */
bool is_covered_by_memory(const struct follower *follower, struct event_id *horizon);

#endif
