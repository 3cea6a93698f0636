/* One live event, encoded at most once for all streams that get it. */
#ifndef SSE_BROADCAST_H
#define SSE_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event.h"
#include "record.h"

/* The event that came last. Redis delivers a message once for each channel and pattern that we
 * subscribed to, so the same one often comes again: then nothing is done twice. Zeroed: none. */
struct broadcast {
    char *channel;
    char *message;
    size_t message_len;
    struct event event;
    struct record *plain; /* made when they are first asked for */
    struct record *wrapped;
};

/* Sets the broadcast to a message as it came from Redis, whose data may have `data_max` bytes.
 * Returns NULL, or why it is refused (not to be freed), and the broadcast then holds none. */
const char *broadcast_set(struct broadcast *broadcast, const char *channel, const char *message,
                          size_t len, size_t data_max);

/* The event as a frame in FastCGI records, or wrapped into JSON with its channel. The broadcast
 * keeps the reference. NULL without memory. */
struct record *broadcast_record(struct broadcast *broadcast, bool wrap);

void broadcast_deinit(struct broadcast *broadcast);

#endif
