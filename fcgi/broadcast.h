/* One event, live or from a log, encoded at most once for all streams that get it. */
#ifndef SSE_BROADCAST_H
#define SSE_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event.h"
#include "record.h"

/* The forms in which streams get an event; they may be combined. */
#define BROADCAST_WRAPPED 1u /* JSON that names its channel */
#define BROADCAST_STATE   2u /* without `id:`: it tells a state, and moves nobody's cursor */
#define BROADCAST_FORMS   4

/* Counted by reference. Not for more than one thread. */
struct broadcast {
    unsigned refs;
    struct event event;
    bool is_refused; /* it has its place in the order, but nothing to send */
    size_t size;     /* bytes that it takes, about, once it is encoded */
    struct record *records[BROADCAST_FORMS];
    char channel[];
};

/* From a message as it came from Redis, whose data may have `data_max` bytes. The caller owns the
 * one reference. What is refused has *why set: with an id it still has its place among its
 * channel's events; without, NULL is returned. NULL without memory, and *why is NULL. */
struct broadcast *broadcast_new_live(const char *channel, const char *message, size_t len,
                                     size_t data_max, const char **why);

/* From an entry of a channel's log; otherwise as broadcast_new_live. */
struct broadcast *broadcast_new_entry(const char *channel, struct event_id id,
                                      const struct event_field *fields, size_t count,
                                      size_t data_max, const char **why);

struct broadcast *broadcast_ref(struct broadcast *broadcast);

/* NULL is fine. */
void broadcast_unref(struct broadcast *broadcast);

/* The event as a frame in FastCGI records. The broadcast keeps the reference. NULL without memory.
 * Not for one that is refused. */
struct record *broadcast_record(struct broadcast *broadcast, unsigned form);

#endif
