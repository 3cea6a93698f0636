/* Pages of events. */
#include "page.h"

#include <stdlib.h>

struct page *page_new(size_t room)
{
    struct page *page = calloc(1, sizeof *page + room * sizeof *page->events);

    if (page != NULL)
        page->refs = 1;
    return page;
}

void page_add(struct page *page, struct broadcast *event)
{
    page->events[page->count++] = broadcast_ref(event);
}

void page_done(struct page *page, size_t i)
{
    if (page->refs > 1)
        return;
    broadcast_unref(page->events[i]);
    page->events[i] = NULL;
}

struct page *page_ref(struct page *page)
{
    page->refs++;
    return page;
}

void page_unref(struct page *page)
{
    if (page == NULL || --page->refs > 0)
        return;
    for (size_t i = 0; i < page->count; i++)
        broadcast_unref(page->events[i]);
    free(page);
}
