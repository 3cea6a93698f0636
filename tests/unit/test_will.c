/* core/will: what a lease leaves, as text and back. */
#include "core/will.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

static const struct will WILL = {.lease_ms = 20000,
                                 .keep = 1000,
                                 .ttl_s = 86400,
                                 .channel = "jobs/42",
                                 .data = "{\"state\": \"lost\"}",
                                 .data_len = 17};

#define TEXT "20000 1000 86400 jobs/42 {\"state\": \"lost\"}"

static void there_and_back(UNUSED void **state)
{
    struct will parsed;
    struct buf text;

    buf_init(&text, 200);
    assert_int_equal(will_encode(&text, &WILL), 0);
    assert_buf(&text, TEXT);
    assert_int_equal(will_parse(&parsed, text.data, text.len), 0);
    assert_int_equal(parsed.lease_ms, 20000);
    assert_int_equal(parsed.keep, 1000);
    assert_int_equal(parsed.ttl_s, 86400);
    assert_string_equal(parsed.channel, "jobs/42");
    assert_bytes(parsed.data, parsed.data_len, "{\"state\": \"lost\"}");
    buf_deinit(&text);
}

static void malformed(UNUSED void **state)
{
    static const char *const BAD[] = {
        "",
        " ",
        "x",
        "20000",
        "20000 1000 86400",
        "20000 1000 86400 jobs/42",
        "20000 1000 86400 jobs/42 ",
        "20000 1000 86400 jobs/42  ",
        "999 1000 86400 jobs/42 {}",
        "3600001 1000 86400 jobs/42 {}",
        "-20000 1000 86400 jobs/42 {}",
        "20000 0 86400 jobs/42 {}",
        "20000 4294967296 86400 jobs/42 {}",
        "20000 1000 0 jobs/42 {}",
        "20000 1000 99999999999999999999 jobs/42 {}",
        "20000 1000 86400 jobs/* {}",
        "20000 1000 86400 -jobs {}",
        "20000 1000 86400  {}",
        "20000  1000 86400 jobs/42 {}",
        " 20000 1000 86400 jobs/42 {}",
        "20000 1000 86400 jobs/42 {\"state\":lost}",
        "20000 1000 86400 jobs/42 \"\xff\"",
        "20000\n1000 86400 jobs/42 {}",
    };
    struct will will;
    char longest[300];

    for (size_t i = 0; i < COUNT(BAD); i++)
        if (will_parse(&will, BAD[i], strlen(BAD[i])) == 0)
            fail_msg("\"%s\" is one", BAD[i]);
    for (size_t len = 0; len < strlen(TEXT); len++) /* JSON that is cut off is none */
        assert_int_equal(will_parse(&will, TEXT, len), -1);
    assert_int_equal(will_parse(&will, "1000 1 1 a\0b {}", 15), -1);
    assert_int_equal(will_parse(&will, "1000 1 1 a {\0}", 14), -1);
    for (int i = 0; i < 2; i++) {
        snprintf(longest, sizeof longest, "1000 1 1 %0*d {}", CHANNEL_MAX + i, 0);
        assert_int_equal(will_parse(&will, longest, strlen(longest)), i == 0 ? 0 : -1);
    }
}

static int encode(UNUSED void *context)
{
    struct buf text;

    buf_init(&text, 200);
    int result = will_encode(&text, &WILL);
    buf_deinit(&text);
    return result;
}

static void no_room(UNUSED void **state)
{
    struct buf text;

    buf_init(&text, strlen(TEXT) - 1);
    assert_int_equal(will_encode(&text, &WILL), -1);
    buf_deinit(&text);
    alloc_fail_each(1, encode, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a will is the same, there and back", there_and_back),
        TEST("what is malformed is none", malformed),
        TEST("without room or memory there is none", no_room),
    };

    return RUN_TESTS("will", tests);
}
