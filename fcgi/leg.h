/* One channel's part of a replay: its events in order, page by page, and where some are gone. */
#ifndef SSE_LEG_H
#define SSE_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history.h"
#include "log_reads.h"
#include "start.h"

enum leg_state {
    LEG_HEAD,    /* leg_id, leg_event and leg_is_reset say what comes next */
    LEG_EMPTY,   /* the next page is to be loaded */
    LEG_LOADING, /* `wait.on_page` is called */
    LEG_DONE,
    LEG_FAILED /* no memory */
};

struct leg {
    void *owner;
    enum leg_state state;
    enum start_kind kind;
    struct event_id at;    /* everything up to here is dealt with */
    struct event_id upto;  /* the newest event of the channel */
    struct event_id heard; /* what the stream has of the channel ends here: not above `at` */
    struct event_id swept; /* a `prev` up to here is no proof of a loss */
    size_t page_bytes;     /* that a page is to have, about */
    uint32_t wanted;       /* events: of the state, or on the next page */
    uint32_t newest;       /* of a state: how many of the newest entries were asked for */
    bool is_begun;         /* a page has come */
    bool is_reset;         /* before the page's next event */
    struct event_id reset;
    struct page *page;
    size_t index; /* on the page */
    struct log_wait wait;
    char channel[];
};

/* After start->after, or the newest start->count events up to `upto`. `on_page` gets the leg as its
 * context, and must call leg_take. NULL without memory. */
struct leg *leg_new(const char *channel, const struct start *start, struct event_id upto,
                    log_page_fn *on_page, void *owner);

/* It is one of so many of a replay: the more there are, the smaller are the pages of each. Before
 * anything is loaded. */
void leg_share(struct leg *leg, size_t legs);

/* NULL is fine. */
void leg_free(struct leg *leg);

/* For a LEG_EMPTY one: loads the next page, out of the history if it holds it. */
void leg_load(struct leg *leg, struct history *history, struct log_reads *reads);

/* The page that a LEG_LOADING one waits for; NULL without memory for it. */
void leg_take(struct leg *leg, struct page *page);

/* What comes next is dealt with. */
void leg_advance(struct leg *leg);

/* Of what comes next: a reset, or an event. */
struct event_id leg_id(const struct leg *leg);
struct broadcast *leg_event(const struct leg *leg);

#endif
