/* A stream's membership: what it follows, how far it is, and its way from the start to being live
 * (design 5a, rules 2 to 4).
 *
 * Nothing at or below a follower's position is ever sent to it: that makes a channel and a pattern
 * that both match one delivery. An event without an id, which has no place in that order, goes by
 * the first topic of the follower that matches. */
#ifndef SSE_FOLLOWER_H
#define SSE_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "broadcast.h"
#include "config.h"
#include "held.h"
#include "history.h"
#include "holes.h"
#include "log_reads.h"
#include "missed.h"
#include "replay.h"
#include "start.h"
#include "stream.h"
#include "topics.h"

enum phase {
    PHASE_UNCONFIRMED, /* some topic of it is not confirmed */
    PHASE_READY,       /* to be started */
    PHASE_ASKED,       /* Redis is asked for what the start needs to know */
    PHASE_REPLAYING,
    PHASE_LIVE
};

TAILQ_HEAD(follower_list, follower);

struct greeting;

/* Called before anything is sent to a stream that has a greeting (which is the owner's, and takes
 * itself away). `is_over`: all that it follows has ended, and it has everything. */
typedef void follower_greet_fn(struct greeting *greeting, bool is_over);

/* What all followers draw from. */
struct feed {
    const struct config *config;
    struct history *history;
    struct log_reads *reads;
    struct event_id epoch; /* of Redis' clock; 0-0: not known yet */
    struct event_id swept; /* Redis knows of no channel whose newest event is at or below it, but
                              those that it names */
    struct event_id live;  /* the newest id that came live, on this connection */
    struct event_id seen;  /* the newest one that was ever delivered */
    struct follower_list ready, asked; /* those in these phases */
    follower_greet_fn *greet;
    void (*wake)(void *context); /* a follower is READY once more */
    void *wake_context;
};

struct follower {
    struct feed *feed;
    struct stream *stream;
    struct greeting *greeting; /* NULL: the stream has its header */
    enum phase phase;
    bool is_wrapped;
    bool is_weighed;  /* READY, and memory does not have all that it needs */
    bool has_lost;    /* a reset was sent since the last stream-open */
    bool has_missed;  /* live events that could not wait: to be read from the logs */
    bool is_unbroken; /* it was live, and Redis was never away: what was swept since was no loss */
    struct start start;
    /* How far it is, in the order of ids: it asked for what is after `requested`; up to `proved`
     * what it got came from the logs, from there on live, of which something may be missing
     * (`holes`); it has everything up to `position`, which a replay brings up to `horizon`. */
    struct event_id requested; /* the cursor that the present or last replay began with */
    struct event_id proved;
    struct event_id position; /* the newest id queued to it; 0-0: none yet */
    struct event_id horizon;
    struct holes holes;
    struct missed missed; /* means something if it follows all channels */
    struct replay *replay;
    struct held held; /* live events that came before it is live */
    LIST_ENTRY(follower) of_hub;
    TAILQ_ENTRY(follower) waiting; /* on feed->ready or feed->asked */
    size_t link_count;
    struct link links[];
};

/* With room for `count` links, which the caller adds. NULL without memory. */
struct follower *follower_new(struct feed *feed, struct stream *stream, size_t count);

/* The links must be taken away before. */
void follower_free(struct follower *follower);

/* The one place where the phase changes. */
void follower_set_phase(struct follower *follower, enum phase phase);

/* Whether every topic is confirmed. */
bool follower_is_confirmed(const struct follower *follower);

/* Where it starts now: what was queued to it counts for more than what it asked for. */
struct start follower_start(const struct follower *follower);

/* Starts: it gets what is kept up to the horizon, then stream-open, then it is live. The history
 * knows every channel that has events, up to the horizon; up to `told` by what Redis said, the rest
 * came live (told 0-0: all of it). */
void follower_begin(struct follower *follower, struct event_id horizon, struct event_id told);

/* What came last is not to be trusted: it is READY again, from its position, or UNCONFIRMED.
 * `is_unbroken`: Redis was not away, and everything was heard but for what is to be looked up. */
void follower_restart(struct follower *follower, bool is_unbroken);

/* The same when something of `channel` was not heard, of which everything was up to `heard`. */
void follower_mend(struct follower *follower, const char *channel, struct event_id heard);

/* Its stream takes more. */
void follower_drained(struct follower *follower);

/* A live event. */
void follower_offer(struct follower *follower, struct broadcast *event);

/* Ends the stream, if it is live and all that it follows has ended. */
void follower_end_if_over(struct follower *follower);

/* Whether no topic of the follower before this one matches the channel. */
bool follower_is_first_match(const struct link *link, const char *channel);

#endif
