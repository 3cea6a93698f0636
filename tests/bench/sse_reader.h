/* Server-Sent Events out of bytes in any split: of each frame what a checker of sequences needs. */
#ifndef BENCH_SSE_READER_H
#define BENCH_SSE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ids.h"
#include "line.h"

enum sse_kind { SSE_EVENT, SSE_OPEN, SSE_RESET, SSE_END, SSE_OWN };

/* A whole frame: an id counts at the blank line, not before. */
struct sse_frame {
    enum sse_kind kind; /* SSE_OWN: a stream-… that we do not know */
    bool has_id;
    struct id id;
};

/* `data` is the data of a stream-reset, terminated; else NULL. */
typedef void sse_frame_callback(void *arg, const struct sse_frame *frame, const char *data);

/* All zero, but for the line, begins a stream. */
struct sse_reader {
    struct line line;
    struct sse_frame frame; /* being collected */
    bool has_data;
    uint32_t retry_ms; /* what the last `retry:` said, 0 if there was none */
    char *data;        /* of a stream-reset */
};

/* Forgets an unfinished frame and begins the next stream. `retry_ms` stays: so it does in browsers.
 */
void sse_reader_restart(struct sse_reader *reader);

/* Calls `on_frame` for each frame that has data. */
void sse_reader_feed(struct sse_reader *reader, const char *bytes, size_t length,
                     sse_frame_callback *on_frame, void *arg);

void sse_reader_deinit(struct sse_reader *reader);

#endif
