/* notice: the responder's own events, as text. */
#include "notice.h"

#include "alloc.h"
#include "core/json.h"
#include "test.h"

static const char *const NAMES[] = {"a", "jobs/*"};

static void opens(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(notice_open(&out, (struct event_id){7, 2}, NAMES, 2, true), 0);
    assert_buf(&out, "event: stream-open\n"
                     "data: {\"channels\":[\"a\",\"jobs/*\"],\"resumed\":true}\nid: 7-2\n\n");
    buf_clear(&out);
    assert_int_equal(notice_open(&out, (struct event_id){7, 2}, NAMES, 1, false), 0);
    assert_buf(&out, "event: stream-open\n"
                     "data: {\"channels\":[\"a\"],\"resumed\":false}\nid: 7-2\n\n");
    buf_deinit(&out);
}

static void resets(UNUSED void **state)
{
    const struct event_id none = {0};
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(notice_reset(&out, (struct event_id){7, 2}, (struct event_id){3, 0},
                                  (struct event_id){8, 1}, 12, NAMES, 2),
                     0);
    assert_buf(&out, "event: stream-reset\n"
                     "data: {\"requested\":\"3-0\",\"oldest\":\"8-1\",\"missed\":12,"
                     "\"channels\":[\"a\",\"jobs/*\"]}\nid: 7-2\n\n");
    buf_clear(&out);
    assert_int_equal(notice_reset(&out, (struct event_id){7, 2}, none, none, 0, NAMES, 1), 0);
    assert_buf(&out, "event: stream-reset\n"
                     "data: {\"requested\":null,\"oldest\":null,\"missed\":null,"
                     "\"channels\":[\"a\"]}\nid: 7-2\n\n");
    buf_deinit(&out);
}

static int make(UNUSED void *context)
{
    struct buf out;

    buf_init(&out, 1000);
    int result = notice_open(&out, (struct event_id){7, 2}, NAMES, 2, true);
    if (result == 0)
        result = notice_reset(&out, (struct event_id){7, 2}, (struct event_id){3, 0},
                              (struct event_id){8, 1}, 12, NAMES, 2);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, make, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("stream-open says the channels, and whether all was there", opens),
        TEST("stream-reset says what is gone and what is kept", resets),
        TEST("without memory they fail", without_memory),
    };

    return RUN_TESTS("notice", tests);
}
