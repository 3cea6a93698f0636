/* The live message that came last: Redis sends it once for each channel and pattern of ours that
 * matches, and it is decoded once. */
#ifndef SSE_LATEST_H
#define SSE_LATEST_H

#include <stdbool.h>
#include <stddef.h>

#include "broadcast.h"

/* Zeroed: none. */
struct latest {
    struct broadcast *event;
    char *message;
    size_t len;
};

enum latest_outcome {
    LATEST_NEW,     /* latest->event is it; it may be refused, and is still to be counted */
    LATEST_SAME,    /* as before */
    LATEST_REFUSED, /* it is nothing, which was logged */
    LATEST_LOST     /* no memory: what it was is not known */
};

/* Takes a message; latest->event is valid until the next call. */
enum latest_outcome latest_set(struct latest *latest, const char *channel, const char *message,
                               size_t len, size_t data_max);

void latest_forget(struct latest *latest);

#endif
