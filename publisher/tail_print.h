/* How sse-tail writes events: for a person, as raw data, or as JSON. */
#ifndef SSE_TAIL_PRINT_H
#define SSE_TAIL_PRINT_H

#include <stdint.h>

#include "core/buf.h"
#include "tail_event.h"

enum tail_form {
    TAIL_RAW,     /* the data and a line end */
    TAIL_JSON,    /* one object a line: id, event, channel, data */
    TAIL_PERSON,  /* time, channel, event, data, on a terminal */
    TAIL_COLOURED /* the same, with colours */
};

/* Appends text, control characters in it as \xNN; lines behind the first one are indented. Returns
 * as buf_add. */
int tail_print_visible(struct buf *out, const char *text, size_t len);

/* Appends the event. `now_ms` is the time of the day (Unix), for events whose id has none. For a
 * person, control characters are written as \xNN: what comes must not steer the terminal. Returns
 * as buf_add. */
int tail_print(struct buf *out, const struct tail_event *event, enum tail_form form,
               uint64_t now_ms);

#endif
