/* Redis on the loop: subscriptions for the hub, horizons, and coming back when Redis was away. */
#ifndef SSE_SOURCE_H
#define SSE_SOURCE_H

#include <uv.h>

#include "config.h"
#include "hub.h"

struct source;

/* Sets the hub's hooks and starts to connect. `config` and `hub` must live as long. NULL without
 * memory. From now on it tries until it is freed: Redis may come, go, and come back. */
struct source *source_new(uv_loop_t *loop, const struct config *config, struct hub *hub);

/* Closes the connections. The loop must run once more for its handles. NULL does nothing. */
void source_free(struct source *source);

#endif
