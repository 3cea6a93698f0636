/* What is known of the channels' logs, and their newest events, for streams that come back: a storm
 * of them then costs Redis next to nothing.
 *
 * A *chain* is a channel of which Redis tells us everything from some moment on, because a
 * confirmed subscription covers it: events each of which names, by `prev`, the one before it. The
 * history holds all of its events in (floor, newest], bounded in number and in bytes. */
#ifndef SSE_HISTORY_H
#define SSE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "broadcast.h"
#include "core/event_id.h"
#include "page.h"

#define HISTORY_EVENTS_MAX 200               /* of one channel */
#define HISTORY_BYTES_MAX  (6 * 1024 * 1024) /* of all channels */

struct history;
struct kept;

TAILQ_HEAD(kept_list, kept);

struct chain {
    struct event_id floor;
    struct event_id newest; /* that was seen, live or when the chain was made */
    struct event_id last;   /* the newest that is known to exist; live events up to it may still be
                               on their way */
    struct event_id lost;   /* what the log lost, up to here, is not held either */
    bool is_bottom;         /* the log keeps nothing at or below the floor */
    bool is_bare;           /* `floor` and `newest` are no event's: a moment before the first one */
    bool is_ended;          /* `newest` is an `end`, as far as is known */
    unsigned named;         /* the number of the answer that named it last */
    size_t count;
    struct kept_list events;
    LIST_ENTRY(chain) of_history;
    char name[]; /* of the channel */
};

enum history_outcome {
    HISTORY_ADDED,
    HISTORY_KNOWN, /* it is not newer than what was seen */
    HISTORY_FIRST, /* the first of its channel that we hear of: the chain is made */
    HISTORY_GAP,   /* events before it were not heard; nothing is changed */
    HISTORY_FULL   /* no memory; nothing is changed */
};

/* NULL without memory. */
struct history *history_new(void);

/* NULL is fine. */
void history_free(struct history *history);

/* Forgets all chains. */
void history_clear(struct history *history);

/* NULL if there is none. */
struct chain *history_find(struct history *history, const char *channel);

/* Calls `visit` for every chain whose channel a checked name or pattern means. `visit` may forget
 * the chain that it gets. */
typedef void history_visit_fn(void *context, struct chain *chain);
void history_each(struct history *history, const char *pattern, history_visit_fn *visit,
                  void *context);

/* Up to `max` names of channels, valid while their chains are there; other ones each time, if
 * *passed is kept from call to call. Returns how many. */
size_t history_sample(const struct history *history, const char **names, size_t max,
                      size_t *passed);

/* Redis said that the channel's newest event is `last`; `since` is a moment from which on
 * everything is heard, when the channel had no events yet, or 0-0. NULL without memory. */
struct chain *history_learn(struct history *history, const char *channel, struct event_id last,
                            struct event_id since);

/* An event with an id came live. */
enum history_outcome history_add(struct history *history, struct broadcast *event);

/* A page of the channel's log was read, up to `upto`: what of it connects to the floor is kept as
 * well, as far as there is room. `is_bottom`: the log has nothing before the page. */
void history_extend(struct history *history, const char *channel, const struct page *page,
                    struct event_id upto, bool is_bottom);

/* The log lost what it had up to `upto`: memory does not claim to know better, since a stream may
 * be told so and come back before it was. */
void history_lose(struct history *history, const char *channel, struct event_id upto);

/* Nothing is known about the channel any more. */
void history_forget(struct history *history, struct chain *chain);

/* The events in (after, upto], at most `max`, oldest first; NULL unless all of them are held, or
 * without memory. */
struct page *history_page(const struct chain *chain, struct event_id after, struct event_id upto,
                          size_t max);

/* Whether history_newest has so many, up to the newest one. */
bool history_has_newest(const struct chain *chain, size_t count);

/* The newest events up to `upto`, at least `count` without counting `end`, or all that the log
 * keeps; otherwise as history_page. */
struct page *history_newest(const struct chain *chain, struct event_id upto, size_t count);

#endif
