/* An event as sse-tail hands it on: with its channel, as far as that is known. */
#ifndef SSE_TAIL_EVENT_H
#define SSE_TAIL_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/sse_parse.h"

/* All texts end in NUL. `id` and `channel` are "" if there is none. */
struct tail_event {
    const char *id;
    const char *channel;
    const char *name;
    const char *data;
    size_t data_len;
    void *owned; /* tail_event_deinit frees it */
};

/* What came, after an event with the id `before`: who has the same has none of its own. On a
 * stream of that channel ("" if it has several). With `is_wrapped`, data that is
 * {"channel":...,"id":...,"event":...,"data":...} (README, wrap=1) is taken apart. The event points
 * into `parsed`. */
void tail_event_init(struct tail_event *event, const struct sse_parsed *parsed, const char *before,
                     const char *channel, bool is_wrapped);
void tail_event_deinit(struct tail_event *event);

/* Whether it is of the responder's own making, `stream-...`: about the stream, and not of it. */
bool tail_event_is_own(const struct tail_event *event);

#define TAIL_CHANNEL_MAX 200

/* Which channel a URL of the responder names, behind /sse/ or /events/, or in channel= or topic=;
 * "" if it names none, several or a pattern. */
void tail_event_channel(char channel[TAIL_CHANNEL_MAX + 1], const char *url);

/* Whether the URL asks for wrap=1. */
bool tail_event_url_wraps(const char *url);

#endif
