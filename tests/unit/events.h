/* Events and pages for tests, out of a few characters: "5<3" is the event 5-0 that follows on 3-0,
 * "5<3!" one that is an end. The data of each is its id. */
#ifndef SSE_TEST_EVENTS_H
#define SSE_TEST_EVENTS_H

#include <stdio.h>

#include "page.h"
#include "test.h"

static inline struct event_id id_of_ms(uint64_t ms)
{
    return (struct event_id){ms, 0};
}

#define assert_id(id, expected)                                                                    \
    do {                                                                                           \
        assert_int_equal((id).ms, (expected));                                                     \
        assert_int_equal((id).seq, 0);                                                             \
    } while (0)

static inline struct broadcast *event_of(const char *channel, const char *text)
{
    char id[30], prev[30];
    const char *why;
    const struct event_field fields[] = {
        {"prev", prev, 4, 0}, {"data", id, 4, 0}, {"event", "end", 5, 3}};
    struct event_field list[3];

    snprintf(id, sizeof id, "%ju", (uintmax_t)strtoull(text, NULL, 10));
    snprintf(prev, sizeof prev, "%ju-0", (uintmax_t)strtoull(strchr(text, '<') + 1, NULL, 10));
    memcpy(list, fields, sizeof list);
    list[0].value_len = strlen(prev);
    list[1].value_len = strlen(id);
    struct broadcast *event = broadcast_new_entry(channel, id_of_ms(strtoull(text, NULL, 10)), list,
                                                  strchr(text, '!') != NULL ? 3 : 2, 1000, &why);
    assert_non_null(event);
    return event;
}

/* A page with the events of "5<3 7<5!", which is whole. */
static inline struct page *page_of(const char *channel, const char *events)
{
    struct page *page = page_new(strlen(events));
    char copy[4000], *rest = copy, *text;

    assert_non_null(page);
    page->is_whole = true;
    strcpy(copy, events);
    while ((text = strsep(&rest, " ")) != NULL && *text != '\0') {
        struct broadcast *event = event_of(channel, text);
        page->end = event->event.id;
        page_add(page, event);
        broadcast_unref(event);
    }
    return page;
}

/* What a page has: "5 7", with a `+` behind it if the log has more; "none" for NULL. */
static inline const char *describe_page(const struct page *page)
{
    static char text[4000];
    size_t len = 0;

    if (page == NULL)
        return "none";
    text[0] = '\0';
    for (size_t i = 0; i < page->count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%ju", i > 0 ? " " : "",
                                (uintmax_t)page->events[i]->event.id.ms);
    snprintf(text + len, sizeof text - len, "%s", page->is_whole ? "" : "+");
    return text;
}

#endif
