/* What an idle stream gets: a comment, or an event where the client asked for one, since a
 * browser's EventSource shows no comments. */
#ifndef SSE_HEARTBEAT_H
#define SSE_HEARTBEAT_H

#include <stdbool.h>

#include "config.h"
#include "record.h"

struct heartbeat {
    struct record *comment, *event; /* owned */
};

/* Returns 0, or -1 without memory; the caller ends it with heartbeat_deinit in either case. */
int heartbeat_init(struct heartbeat *heartbeat, const struct config *config);
void heartbeat_deinit(struct heartbeat *heartbeat);

#endif
