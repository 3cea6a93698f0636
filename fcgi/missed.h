/* How many events a stream of all channels did not get. The ids count them (core/event_id.h): what
 * lies between two that it got, it missed. */
#ifndef SSE_MISSED_H
#define SSE_MISSED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event_id.h"

/* Zeroed: nothing is known. */
struct missed {
    struct event_id upto; /* counted up to here; 0-0: not known from where on */
    uint64_t count;
};

/* It has everything up to `id`, or was told. */
void missed_from(struct missed *missed, struct event_id id);

/* The same for a cursor, unless more is known already. One that somebody made up counts nothing: no
 * event has the number 0, only the clock's epoch has. */
void missed_resume(struct missed *missed, struct event_id cursor, struct event_id epoch);

/* It gets nothing up to `id` any more, but that event itself if `is_sent`. */
void missed_pass(struct missed *missed, struct event_id id, bool is_sent);

/* How many there are up to `id` since this was asked last; 0 if it is not known. */
uint64_t missed_take(struct missed *missed, struct event_id id);

#endif
