/* Channels of which something was stored but not heard while a stream was live: it may have gone on
 * past it with another channel. Then the stream is told, since nothing is sent that is older than
 * what it has. */
#ifndef SSE_HOLES_H
#define SSE_HOLES_H

#include <sys/queue.h>

#include "core/event_id.h"

struct hole {
    struct event_id heard; /* of the channel the stream has everything up to here */
    SLIST_ENTRY(hole) next;
    char channel[];
};

SLIST_HEAD(holes, hole);

/* Unless there is one of the channel already. Returns 0, or -1 without memory. */
int holes_add(struct holes *holes, const char *channel, struct event_id heard);

/* The channel's, or NULL. */
const struct hole *holes_find(const struct holes *holes, const char *channel);

/* The stream has what there is, or was told. */
void holes_fill(struct holes *holes, const char *channel);

void holes_clear(struct holes *holes);

#endif
