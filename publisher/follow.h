/* EventSource's algorithm (WHATWG HTML, 9.2.3): a stream that is followed through all its ends. */
#ifndef SSE_FOLLOW_H
#define SSE_FOLLOW_H

#include "core/sse_parse.h"
#include "http_stream.h"

#define FOLLOW_LINE_MAX (16u << 20) /* bytes; the responder's own events have 256 KiB at most */
#define FOLLOW_DATA_MAX (16u << 20)

enum follow_state {
    FOLLOW_CONNECTING,
    FOLLOW_OPEN,
    FOLLOW_WAITING /* to try again */
};

struct follow_handlers {
    /* As the parser's: what is not 0 ends follow_run. */
    int (*on_event)(void *context, const struct sse_parsed *event);
    int (*on_too_large)(void *context, const struct sse_parsed *event);
    /* `why` and the time until the next try, when it waits: otherwise NULL and 0. */
    void (*on_state)(void *context, enum follow_state state, const char *why, uint32_t wait_ms);
};

/* Follows until a handler ends it, until there is nothing more, or until it is of no use to go on;
 * reconnects after `retry:` (2 s until the stream says one) and a random time that grows with each
 * try in vain. `cursor` is where it starts, "" for nowhere. Never returns HTTP_CLOSED or HTTP_AWAY.
 * Appends to `why` as http_stream_get does. */
enum http_end follow_run(const struct http_settings *settings, const char *cursor,
                         const struct patience *patience, const struct follow_handlers *handlers,
                         void *context, struct buf *why);

#endif
