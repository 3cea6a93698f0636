/* An event, and the messages on Redis pub/sub that carry one (design: "the envelope"). */
#ifndef SSE_CORE_EVENT_H
#define SSE_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/event_id.h"

#define EVENT_NAME_MAX  200       /* bytes */
#define EVENT_RETRY_MAX 86400000u /* ms: a day */

#define EVENT_END "end" /* the event by which a publisher ends its channel */

/* `name` and `data` are UTF-8 without NUL, owned by the event, and NUL-terminated. */
struct event {
    struct event_id id;    /* 0-0: live only, in no log */
    struct event_id prev;  /* with an id: of the event before it on its channel */
    struct event_id epoch; /* with an id, when it came live: of the clock that gave it */
    char *name;            /* NULL for the default, `message` */
    char *data;
    size_t data_len;
    uint32_t retry_ms; /* 0: says nothing about reconnecting */
};

/* NULL if publishers may use the name: 1 to EVENT_NAME_MAX bytes of UTF-8 without control
 * characters, not one of the responder's own (`end`, `stream-…`). Otherwise what is wrong. */
const char *event_check_name(const char *name, size_t len);

/* What the functions below return when memory is short. */
extern const char EVENT_NO_MEMORY[];

/* Reads a pub/sub message. An envelope with id, prev and epoch (whose numbers the scripts in Redis
 * can compute with: below 2^53) gives an event with an id; any
 * other JSON object with `data` (flask-sse's) one without, `type` being an alias of `event`;
 * anything else is data as it stands. Data that is no string becomes compact JSON, integers past 64
 * bits the largest that fits. Broken UTF-8 and NULs in it become U+FFFD.
 * Returns NULL, and the caller ends the event with event_deinit; or why it is refused (an event
 * name that is not the publisher's to use, no memory), and *event owns nothing: only its ids are
 * set (without memory none), since what comes after it says that it was there. */
const char *event_decode(struct event *event, const char *message, size_t len);

/* A field of an entry in a log; both strings also end in a NUL. */
struct event_field {
    const char *name;
    const char *value;
    size_t name_len;
    size_t value_len;
};

/* Reads an entry of a log. Returns as event_decode; an entry that no publisher of ours made, since
 * it has no `prev` or no `data`, is refused with both ids 0-0. */
const char *event_decode_entry(struct event *event, struct event_id id,
                               const struct event_field *fields, size_t count);

bool event_is_end(const struct event *event);

/* Frees what the event owns. Fine on a zeroed event and when called twice. */
void event_deinit(struct event *event);

/* Appends the event as one JSON object: channel, id (if it has one), event, data as a string.
 * This is what a stream with wrap=1 gets. Returns as buf_add; on -1 some of it may be there. */
int event_wrap(struct buf *out, const char *channel, const struct event *event);

#endif
