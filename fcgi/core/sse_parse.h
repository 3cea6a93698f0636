/* SSE text, in any split, to events (WHATWG HTML, 9.2.6 "Interpreting an event stream"). Pure. */
#ifndef SSE_CORE_SSE_PARSE_H
#define SSE_CORE_SSE_PARSE_H

#include <stddef.h>
#include <stdint.h>

struct sse_parse;

/* Each text is UTF-8 (what was none became U+FFFD), may hold NUL, also ends in one, and is valid
 * until the handler returns. */
struct sse_parsed {
    const char *type; /* `message` if the stream named none */
    size_t type_len;
    const char *data; /* its lines are separated by LF */
    size_t data_len;
    const char *id; /* the last event id: of this event, or of an earlier one; "" for none */
    size_t id_len;
};

/* What on_event and on_too_large return: 0, or a positive value that ends sse_parse_feed. No
 * handler may call functions of the parser. */
struct sse_parse_handlers {
    int (*on_event)(void *context, const struct sse_parsed *event);
    /* An event was left out: a line of it or its data is past the limit. Only its id is set. */
    int (*on_too_large)(void *context, const struct sse_parsed *event);
    /* `retry:` came; what is past 32 bits is the largest. */
    void (*on_retry)(void *context, uint32_t ms);
};

/* A parser that waits for the first byte of a stream. A line may have `line_max` bytes (a comment
 * any number), the data of an event `data_max`. `handlers` must outlive it. NULL without memory. */
struct sse_parse *sse_parse_new(size_t line_max, size_t data_max,
                                const struct sse_parse_handlers *handlers, void *context);
void sse_parse_free(struct sse_parse *parse);

/* Reads the next bytes, and calls a handler as soon as an event is complete: a CR ends a line at
 * once, and an LF behind it belongs to it. Returns 0; what a handler returned, if that is not 0:
 * the rest of the bytes is then lost; or -1 without memory: some of the stream is lost. After
 * both only sse_parse_restart and sse_parse_free may follow. */
int sse_parse_feed(struct sse_parse *parse, const char *bytes, size_t len);

/* The stream has ended and another one begins: what is incomplete is dropped. The last event id
 * stays, as in all browsers, until an event of the new stream sets it. */
void sse_parse_restart(struct sse_parse *parse);

/* The last event id: the cursor of a next request. sse_parse_set_id is for one that was kept from
 * before, and goes with a new or restarted parser; -1 without memory. The text is valid until the
 * next call. */
const char *sse_parse_id(const struct sse_parse *parse);
int sse_parse_set_id(struct sse_parse *parse, const char *id);

#endif
