/* Where a stream starts (design: "where to start"). */
#ifndef SSE_START_H
#define SSE_START_H

#include <stdint.h>

#include "core/event_id.h"

#define START_LAST_MAX 100 /* events of each channel */

enum start_kind {
    START_LAST,  /* with the newest `count` events of each channel: the state, then what comes */
    START_SINCE, /* with what is kept after `after`, a cursor made of a time: nothing is "lost" */
    START_AFTER  /* after the cursor `after`: what is gone since is said */
};

struct start {
    enum start_kind kind;
    uint32_t count;
    struct event_id after;
};

#endif
