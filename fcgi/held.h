/* Live events that came before their stream is live, in the order in which they came. */
#ifndef SSE_HELD_H
#define SSE_HELD_H

#include <stddef.h>
#include <sys/queue.h>

#include "broadcast.h"

struct held_event;

struct held {
    size_t bytes_behind; /* without the first event */
    STAILQ_HEAD(, held_event) events;
};

void held_init(struct held *held);

/* Adds a reference of its own. Returns 0, or -1 without memory. */
int held_add(struct held *held, struct broadcast *event);

/* Takes the first one out, which is the caller's to let go of. NULL when none is left. */
struct broadcast *held_take(struct held *held);

/* Bytes behind the first event, about: as with a stream's queue, one large event alone does not
 * count. */
size_t held_bytes_behind(const struct held *held);

/* Lets go of all. */
void held_drop(struct held *held);

#endif
