/* An event, and the messages on Redis pub/sub that carry one (design: "the envelope"). */
#ifndef SSE_CORE_EVENT_H
#define SSE_CORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/event_id.h"

#define EVENT_NAME_MAX  200       /* bytes */
#define EVENT_RETRY_MAX 86400000u /* ms: a day */

/* `name` and `data` are UTF-8 without NUL, owned by the event, and NUL-terminated. */
struct event {
    struct event_id id; /* 0-0: live only, in no log */
    char *name;         /* NULL for the default, `message` */
    char *data;
    size_t data_len;
    uint32_t retry_ms; /* 0: says nothing about reconnecting */
};

/* NULL if publishers may use the name: 1 to EVENT_NAME_MAX bytes of UTF-8 without control
 * characters, not one of the responder's own (`end`, `stream-…`). Otherwise what is wrong. */
const char *event_check_name(const char *name, size_t len);

/* Reads a pub/sub message. An envelope with id, prev and epoch gives an event with an id; any
 * other JSON object with `data` (flask-sse's) one without, `type` being an alias of `event`;
 * anything else is data as it stands. Data that is no string becomes compact JSON, integers past 64
 * bits the largest that fits. Broken UTF-8 and NULs in it become U+FFFD.
 * Returns NULL, and the caller ends the event with event_deinit; or why it is refused (an event
 * name that is not the publisher's to use, no memory), and *event holds nothing. */
const char *event_decode(struct event *event, const char *message, size_t len);

/* Frees what the event owns. Fine on a zeroed event and when called twice. */
void event_deinit(struct event *event);

/* Appends the event as one JSON object: channel, id (if it has one), event, data as a string.
 * This is what a stream with wrap=1 gets. Returns as buf_add; on -1 some of it may be there. */
int event_wrap(struct buf *out, const char *channel, const struct event *event);

#endif
