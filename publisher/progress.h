/* What a job says about itself: the data of a `progress` event, and of `start`, `done` and
 * `failed`. */
#ifndef SSE_PROGRESS_H
#define SSE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

/* How a job ended. */
struct progress_end {
    int status; /* as a shell shows it: 128 + signal after a signal */
    int signal; /* that ended it, or 0 */
    uint64_t duration_ms;
    const char *reason; /* why it failed, UTF-8; NULL: not said */
};

/* What is zero or NULL behind `total` is not said. */
struct progress {
    const char *task;  /* UTF-8 */
    const char *state; /* running, done, failed, lost */
    const char *unit;  /* what is counted, e.g. "files"; NULL: not said */
    uint64_t moved;
    uint64_t kept;    /* of that: what was done before, and is no speed of ours; not said */
    uint64_t total;   /* 0: not known, and then there is no percent but one given */
    bool has_percent; /* `percent` is known better than by moved and total */
    double percent;
    double rate; /* units a second */
    bool has_eta;
    double eta_s;
    const char *file; /* that it is at, UTF-8 */
    const struct progress_end *end;
};

/* The percent of it that is done, into *percent. Returns whether that is known. */
bool progress_percent(const struct progress *progress, double *percent);

/* Appends the JSON object. Returns as buf_add; on -1 some of it may be there. */
int progress_encode(struct buf *out, const struct progress *progress);

#endif
