/* The id of an event: Redis' stream id, `<ms>-<seq>`. In one order over all channels of a prefix,
 * and counted through: the sequence number is one more than that of the event before it. */
#ifndef SSE_CORE_EVENT_ID_H
#define SSE_CORE_EVENT_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_ID_TEXT_MAX 42 /* two numbers of 20 digits, the dash, the NUL */

/* 0-0 is the id of no event, and below every other. */
struct event_id {
    uint64_t ms; /* Unix time, as Redis' clock had it or later */
    uint64_t seq;
};

/* Reads exactly `<digits>-<digits>` of at most 64 bits each. Returns 0, or -1 and *id unchanged. */
int event_id_parse(struct event_id *id, const char *text, size_t len);

/* Writes the id, NUL-terminated, and returns its length. */
size_t event_id_format(char text[EVENT_ID_TEXT_MAX], struct event_id id);

/* Below, at or above zero as a is below, at or above b. */
int event_id_compare(struct event_id a, struct event_id b);

/* The one that is above. */
struct event_id event_id_newer(struct event_id a, struct event_id b);

bool event_id_is_none(struct event_id id);

/* The one just below, of an event or not. */
struct event_id event_id_before(struct event_id id);

/* How many events of a prefix came after `a`, up to `b`: ids that one clock gave. 0 if that cannot
 * be. */
uint64_t event_id_between(struct event_id a, struct event_id b);

#endif
