/* What a stream gets before it is live: the events of its channels after its cursor, merged in the
 * order of their ids, or the newest ones of each channel.
 *
 * They come from the history where it holds them, else from the logs, in pages. That nothing is
 * missing is proved link by link (design 5a, rule 3): each event names the one before it, the first
 * one one at or below the cursor, and the last one is the newest that the channel has. Where that
 * fails, events are gone, and a reset comes in their place. */
#ifndef SSE_REPLAY_H
#define SSE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "history.h"
#include "log_reads.h"
#include "start.h"

struct replay;

/* Something may have changed for replay_next; the replay may be freed in here. */
typedef void replay_ready_fn(void *context);

enum replay_outcome {
    REPLAY_EVENT,
    REPLAY_RESET,
    REPLAY_WAIT, /* for Redis: `on_ready` is called */
    REPLAY_DONE,
    REPLAY_FAILED /* no memory */
};

struct replay_item {
    struct broadcast *event;     /* REPLAY_EVENT: valid until the next call */
    bool is_state;               /* of a snapshot: it moves no cursor */
    struct event_id id;          /* REPLAY_RESET: the newest one that is gone, or just below */
    struct event_id oldest;      /* the first one that is kept behind it; 0-0 if none is known */
    const char *const *channels; /* that have lost something; NULL: all that the stream follows */
    size_t channel_count;
};

/* `history` and `reads` must live as long. NULL without memory. */
struct replay *replay_new(struct history *history, struct log_reads *reads,
                          const struct start *start, replay_ready_fn *on_ready, void *context);

/* NULL is fine. */
void replay_free(struct replay *replay);

/* The cursor means nothing in this Redis: the replay begins with a reset, and goes on after
 * `epoch`. Before anything is added. */
void replay_reset(struct replay *replay, struct event_id epoch);

/* A `prev` up to `swept` is no proof of a loss: it is what an event has whose channel was
 * forgotten. Before anything is added. */
void replay_excuse(struct replay *replay, struct event_id swept);

/* The channel's newest event is `last`. The stream has everything of it up to the cursor; or only
 * up to `heard`, if that is not NULL. Returns 0, or -1 without memory. */
int replay_add(struct replay *replay, const char *channel, struct event_id last,
               const struct event_id *heard);

/* Events up to `id`, and none above, may be gone of a channel or pattern. One reset is told for all
 * of these, with the highest id. `name` must live as long. Returns 0, or -1 without memory. */
int replay_add_gone(struct replay *replay, const char *name, struct event_id id);

/* Whether there is nothing to tell. */
bool replay_is_empty(const struct replay *replay);

enum replay_outcome replay_next(struct replay *replay, struct replay_item *item);

#endif
