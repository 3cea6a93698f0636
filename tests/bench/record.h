/* What one client got over all of its connections, and what of it was wrong already when it came.
 */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ids.h"
#include "sse_reader.h"

/* A stream-reset: events after `requested`, up to `id`, on some channels are gone. */
struct reset {
    struct id requested, id;
    char *data; /* as it came; NULL without memory */
};

/* All zero is a client that got nothing. */
struct record {
    bool has_cursor;
    struct id first;  /* what came first: everything published later is wanted */
    struct id cursor; /* the id of the last whole frame */
    struct id_list events;
    struct reset *resets;
    size_t reset_count;
    uint32_t repeated, disordered; /* at or below the cursor: known, or not known before */
    uint32_t backwards;            /* a stream-open or stream-reset below the cursor */
    uint32_t bad_resets;           /* data that makes no sense */
    struct id wrong, wrong_after; /* the first that was repeated or out of order; the cursor then */
};

/* Takes a frame with an id. */
void record_take(struct record *record, const struct sse_frame *frame, const char *data);

/* Whether some stream-reset said that this event is gone. */
bool record_is_excused(const struct record *record, struct id id, const char *channel);

void record_deinit(struct record *record);

#endif
