/* What is published when a lease runs out (core/keys.h), as text:
 * `<lease ms> <keep> <ttl s> <channel> <data>`. */
#ifndef SSE_CORE_WILL_H
#define SSE_CORE_WILL_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/channel.h"

#define WILL_EVENT     "lost" /* the name of the event that it becomes */
#define LEASE_LEAST_MS 1000
#define LEASE_MOST_MS  3600000

struct will {
    uint32_t lease_ms; /* how long the lease lasts */
    uint32_t keep;     /* of the event, as in struct keys_publish */
    uint32_t ttl_s;
    char channel[CHANNEL_MAX + 1];
    const char *data; /* JSON; not owned, without NUL */
    size_t data_len;
};

/* Appends the text. Returns as buf_add; on -1 some of it may be there. */
int will_encode(struct buf *out, const struct will *will);

/* Reads one; `data` then points into the text. Returns 0, or -1 if it is none: all of it is
 * checked, since anybody may write there. */
int will_parse(struct will *will, const char *text, size_t len);

#endif
