/* Events that Redis has and that were not heard live: how they are found, and what then happens
 * (design 5a, rules 5 and 6). */
#ifndef SSE_GAPS_H
#define SSE_GAPS_H

#include <stddef.h>

#include "core/event_id.h"
#include "follower.h"
#include "starts.h"
#include "topics.h"

struct gaps {
    struct feed *feed;
    struct topics *topics;
    struct starts *starts;
    struct event_id sampled_at;     /* the newest live id when gaps_sample was called */
    size_t sampled, sampled_silent; /* chains, and topics without one, that it has passed */
};

/* Something of the channel was not heard: whoever follows it reads the log before it goes on. `how`
 * (for the log) it was found. */
void gaps_mend(struct gaps *gaps, const char *channel, const char *how);

/* Mends what an answer shows to be missing: all up to the newest live id came live, in order. */
void gaps_check(struct gaps *gaps, const struct start_answer *answer);

/* See hub_sample and hub_verify. */
size_t gaps_sample(struct gaps *gaps, const char **names, size_t max);
void gaps_verify(struct gaps *gaps, const char *channel, struct event_id last);

#endif
