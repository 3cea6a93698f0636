/* Followers that are to start, and what Redis is asked for it: once for all that wait (design 5a,
 * rule 2), or not at all where memory has everything (rule 7). */
#ifndef SSE_STARTS_H
#define SSE_STARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event_id.h"
#include "follower.h"
#include "topics.h"

/* A channel, as Redis knows it. */
struct known_channel {
    const char *name;
    struct event_id last;
    int is_ended; /* -1: not known */
};

/* What a start needs to know, all of one moment. */
struct start_answer {
    struct event_id epoch, swept, horizon;
    const struct known_channel *channels; /* all that the names mean, that Redis knows */
    size_t channel_count;
};

/* Asks for that. `seen`: the newest id that was delivered; a Redis that is behind it is to go on
 * above it, under a new epoch. */
typedef void starts_ask_fn(void *context, const char *const *names, size_t count,
                           struct event_id seen);

struct starts {
    struct feed *feed;
    struct topics *topics;
    bool is_running;  /* a follower that is READY again meanwhile is not overlooked */
    bool is_asking;   /* an answer is on its way, perhaps for nobody who is still here */
    unsigned answers; /* so many came */
    bool is_stale;    /* it will be of before something that was found out since */
    starts_ask_fn *ask;
    void *context;
};

/* Starts whoever is READY, or asks for the others. While an answer is on its way, more may become
 * ready: theirs must be of a later moment, so they are asked for when the first has come. */
void starts_run(struct starts *starts);

/* The answer, to be acted on unless it is stale; then starts_run goes on. */
void starts_answer(struct starts *starts, const struct start_answer *answer);

/* An answer that is on its way is of before something that was found out just now. */
void starts_outdate(struct starts *starts);

/* No answer comes any more. */
void starts_forget(struct starts *starts);

#endif
