/* Connecting to Redis, for no longer than one has patience. */
#ifndef SSE_DIAL_H
#define SSE_DIAL_H

#include "core/redis_url.h"
#include "patience.h"

/* Connects to the URL's socket; of a host with several addresses to the first that answers. Only
 * looking up the host's name takes the time that it takes. Returns a non-blocking descriptor; or -1
 * with errno, and *why says what went wrong. */
int dial(const struct redis_url *url, const struct patience *patience, struct buf *why);

#endif
