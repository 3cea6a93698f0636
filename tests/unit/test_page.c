/* page: events of a channel, shared. */
#include "page.h"

#include "alloc.h"
#include "events.h"
#include "test.h"

static void holds_events(UNUSED void **state)
{
    struct broadcast *event = event_of("a", "5<3");
    struct page *page = page_new(2);

    assert_int_equal(page->count, 0);
    assert_false(page->is_whole);
    page_add(page, event);
    page_add(page, event);
    assert_int_equal(page->count, 2);
    assert_int_equal(event->refs, 3);
    assert_ptr_equal(page_ref(page), page);
    page_unref(page);
    assert_int_equal(event->refs, 3);
    page_unref(page);
    assert_int_equal(event->refs, 1);
    broadcast_unref(event);
    page_unref(NULL);
    page_unref(page_new(0));
}

static void lets_go_of_what_is_done(UNUSED void **state)
{
    struct broadcast *event = event_of("a", "5<3");
    struct page *page = page_new(2);

    page_add(page, event);
    page_add(page, event);
    page_ref(page);
    page_done(page, 0); /* somebody else may need it */
    assert_int_equal(event->refs, 3);
    page_unref(page);
    page_done(page, 0);
    assert_int_equal(event->refs, 2);
    assert_null(page->events[0]);
    page_unref(page);
    assert_int_equal(event->refs, 1);
    broadcast_unref(event);
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_at(1);
    assert_null(page_new(3));
    assert_true(alloc_fail_never());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a page holds its events until the last reference goes", holds_events),
        TEST("what is done goes at once, unless the page is shared", lets_go_of_what_is_done),
        TEST("without memory there is none", without_memory),
    };

    return RUN_TESTS("page", tests);
}
