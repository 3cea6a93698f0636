/* Where a stream starts, as its request asks for it: Last-Event-ID, last_event_id, since, last. */
#ifndef SSE_START_QUERY_H
#define SSE_START_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "start.h"

/* What the query has said so far. Zeroed: nothing. */
struct start_query {
    bool has_cursor, has_since, has_last;
    struct event_id cursor, since;
    uint32_t last;
};

/* Whether a parameter of this name is one of these. */
bool start_query_knows(const char *name);

/* Takes a parameter, its name a known one, both decoded; the last one of a kind counts. `now_ms` is
 * Unix time in milliseconds, for since=10m. Returns NULL, or what is wrong with the value: the end
 * of a sentence that begins with it. */
const char *start_query_take(struct start_query *query, const char *name, const char *value,
                             uint64_t now_ms);

/* The start: after a cursor, in the header (`last_event_id`, "" for none) or else in the query, for
 * an EventSource that reconnects says both and the header is newer; else since; else last. A header
 * that is no id of ours, from an EventSource that was elsewhere before, counts as a cursor below
 * all: the client is told that it missed something, where a refusal would end it for good. */
struct start start_query_result(const struct start_query *query, const char *last_event_id);

#endif
