/* publisher/tail_reset: what is gone, in words. */
#include "tail_reset.h"

#include "alloc.h"
#include "test.h"

#define GONE "gone that this reader did not have"

static void assert_words(const char *data, const char *words)
{
    struct buf out;

    buf_init(&out, 2000);
    assert_int_equal(tail_reset_describe(&out, data), 0);
    assert_buf(&out, words);
    buf_deinit(&out);
}

static void counted(UNUSED void **state)
{
    assert_words(
        "{\"requested\":\"1-0\",\"oldest\":\"14-0\",\"missed\":12,\"channels\":[\"jobs/a\","
        "\"jobs/b\"]}",
        "12 events are " GONE ", on jobs/a, jobs/b");
    assert_words("{\"missed\":1,\"channels\":[\"a\"]}", "1 event is " GONE ", on a");
}

static void uncounted(UNUSED void **state)
{
    assert_words("{\"requested\":null,\"oldest\":null,\"missed\":null,\"channels\":[\"a\"]}",
                 "events are " GONE ", on a");
    assert_words("{\"channels\":[\"jobs/*\"]}", "events are " GONE ", on jobs/*");
    assert_words("{\"missed\":-3,\"channels\":[\"a\"]}", "events are " GONE ", on a");
    assert_words("{\"missed\":\"3\",\"channels\":[\"a\"]}", "events are " GONE ", on a");
}

static void many_channels(UNUSED void **state)
{
    assert_words("{\"missed\":2,\"channels\":[\"a\",\"b\",\"c\"]}",
                 "2 events are " GONE ", on a, b, c");
    assert_words("{\"missed\":2,\"channels\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
                 "2 events are " GONE ", on a, b, c and 2 more");
}

/* Quoted as it came: whoever prints it sees to control characters. */
static void of_another_make(UNUSED void **state)
{
    char longest[300];

    assert_words("", "events are " GONE);
    assert_words("some", "events are " GONE ": some");
    assert_words("one\ntwo", "events are " GONE ": one ...");
    assert_words("[1]", "events are " GONE ": [1]");
    assert_words("{\"channels\":[]}", "events are " GONE ": {\"channels\":[]}");
    assert_words("{\"channels\":\"a\"}", "events are " GONE ": {\"channels\":\"a\"}");
    assert_words("{\"channels\":[1]}", "events are " GONE ": {\"channels\":[1]}");
    assert_words("{\"missed\":2,\"channels\":[\"\\u001b[31m\"]}",
                 "events are " GONE ": {\"missed\":2,\"channels\":[\"\\u001b[31m\"]}");
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    memcpy(longest + 199, "\xC3\xA9", 2); /* half of it would be the 200th byte */
    struct buf out;
    buf_init(&out, 2000);
    assert_int_equal(tail_reset_describe(&out, longest), 0);
    assert_int_equal(out.len, strlen("events are " GONE ": ") + 199 + strlen(" ..."));
    buf_deinit(&out);
}

static int describe(void *data)
{
    struct buf out;

    buf_init(&out, 2000);
    int result = tail_reset_describe(&out, data);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, describe, (char[]){"{\"missed\":2,\"channels\":[\"a\"]}"});
    alloc_fail_each(1, describe, (char[]){"of another make"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("how many are gone, if it is known", counted),
        TEST("without a number it says none", uncounted),
        TEST("of many channels it names three", many_channels),
        TEST("what another server says is quoted, one line of it", of_another_make),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("tail_reset", tests);
}
