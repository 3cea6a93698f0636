/* Events of one channel, oldest first, as they stand in its log. */
#ifndef SSE_PAGE_H
#define SSE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "broadcast.h"

/* Counted by reference. */
struct page {
    unsigned refs;
    bool is_whole;       /* the log has no more in the range that was asked for */
    struct event_id end; /* of one that is not: where the next one goes on. Entries that are no
                            events may stand before it */
    size_t count;
    struct broadcast *events[]; /* NULL for one that is done */
};

/* An empty page with room for `room` events. The caller owns the one reference. NULL without
 * memory. */
struct page *page_new(size_t room);

/* Adds a reference to the event; there must be room. */
void page_add(struct page *page, struct broadcast *event);

/* Event `i` is not needed any more: it goes at once, unless somebody shares the page. */
void page_done(struct page *page, size_t i);

struct page *page_ref(struct page *page);

/* NULL is fine. */
void page_unref(struct page *page);

#endif
