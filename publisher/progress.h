/* What a job says about itself: the data of a `progress` event. */
#ifndef SSE_PROGRESS_H
#define SSE_PROGRESS_H

#include <stdint.h>

#include "core/buf.h"

struct progress {
    const char *task;  /* UTF-8 */
    const char *state; /* running, done, failed, lost */
    const char *unit;  /* what is counted, e.g. "files"; NULL: not said */
    uint64_t moved;
    uint64_t total; /* 0: not known, and then there is no percent */
};

/* Appends the JSON object. Returns as buf_add; on -1 some of it may be there. */
int progress_encode(struct buf *out, const struct progress *progress);

#endif
