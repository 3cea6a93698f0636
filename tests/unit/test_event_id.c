/* core/event_id: reading, writing, order. */
#include "core/event_id.h"

#include "test.h"

static void parses(UNUSED void **state)
{
    static const struct {
        const char *text;
        int result;
        struct event_id id;
    } CASES[] = {
        {"1795170075205-0", 0, {1795170075205, 0}},
        {"0-0", 0, {0, 0}},
        {"0-1", 0, {0, 1}},
        {"18446744073709551615-18446744073709551615", 0, {UINT64_MAX, UINT64_MAX}},
        {"007-01", 0, {7, 1}},
        {"18446744073709551616-0", -1, {0, 0}},
        {"0-18446744073709551616", -1, {0, 0}},
        {"99999999999999999999-0", -1, {0, 0}},
        {"", -1, {0, 0}},
        {"-", -1, {0, 0}},
        {"1", -1, {0, 0}},
        {"1-", -1, {0, 0}},
        {"-1", -1, {0, 0}},
        {"1--1", -1, {0, 0}},
        {"1-1-1", -1, {0, 0}},
        {"+1-1", -1, {0, 0}},
        {"1-+1", -1, {0, 0}},
        {" 1-1", -1, {0, 0}},
        {"1-1 ", -1, {0, 0}},
        {"1-1\n", -1, {0, 0}},
        {"1:1", -1, {0, 0}},
        {"0x1-1", -1, {0, 0}},
        {"a-1", -1, {0, 0}},
        {"1-*", -1, {0, 0}},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct event_id id = {4711, 4712};
        int result = event_id_parse(&id, CASES[i].text, strlen(CASES[i].text));
        struct event_id expected = result == 0 ? CASES[i].id : (struct event_id){4711, 4712};
        if (result != CASES[i].result || event_id_compare(id, expected) != 0)
            fail_msg("\"%s\": %d", CASES[i].text, result);
    }
}

static void no_longer_than_told(UNUSED void **state)
{
    struct event_id id;

    assert_int_equal(event_id_parse(&id, "12-345", 4), 0);
    assert_int_equal(id.ms, 12);
    assert_int_equal(id.seq, 3);
    assert_int_equal(event_id_parse(&id, "12-345", 3), -1);
    assert_int_equal(event_id_parse(&id, "12-345", 2), -1);
    assert_int_equal(event_id_parse(&id, "12-345", 0), -1);
    assert_int_equal(event_id_parse(&id, "1-1\0", 4), -1);
}

static void formats_what_it_parses(UNUSED void **state)
{
    static const struct event_id IDS[] = {
        {0, 0}, {1, 2}, {1795170075205, 17}, {UINT64_MAX, UINT64_MAX}};
    static const char *const TEXTS[] = {"0-0", "1-2", "1795170075205-17",
                                        "18446744073709551615-18446744073709551615"};

    for (size_t i = 0; i < COUNT(IDS); i++) {
        char text[EVENT_ID_TEXT_MAX];
        struct event_id back;
        assert_int_equal(event_id_format(text, IDS[i]), strlen(TEXTS[i]));
        assert_string_equal(text, TEXTS[i]);
        assert_int_equal(event_id_parse(&back, text, strlen(text)), 0);
        assert_int_equal(event_id_compare(back, IDS[i]), 0);
    }
}

static void is_in_one_order(UNUSED void **state)
{
    static const struct event_id RISING[] = {
        {0, 0}, {0, 1}, {0, UINT64_MAX}, {1, 0}, {1, 1}, {UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX}};

    for (size_t a = 0; a < COUNT(RISING); a++)
        for (size_t b = 0; b < COUNT(RISING); b++) {
            int order = event_id_compare(RISING[a], RISING[b]);
            assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
        }
}

static void zero_is_none(UNUSED void **state)
{
    assert_true(event_id_is_none((struct event_id){0, 0}));
    assert_false(event_id_is_none((struct event_id){0, 1}));
    assert_false(event_id_is_none((struct event_id){1, 0}));
}

static void has_one_just_below(UNUSED void **state)
{
    assert_int_equal(
        event_id_compare(event_id_before((struct event_id){7, 3}), (struct event_id){7, 2}), 0);
    assert_int_equal(event_id_compare(event_id_before((struct event_id){7, 0}),
                                      (struct event_id){6, UINT64_MAX}),
                     0);
}

static void counts(UNUSED void **state)
{
    assert_int_equal(event_id_between((struct event_id){7, 3}, (struct event_id){7, 4}), 1);
    assert_int_equal(event_id_between((struct event_id){7, 3}, (struct event_id){9, 15}), 12);
    assert_int_equal(event_id_between((struct event_id){7, 3}, (struct event_id){7, 3}), 0);
    assert_int_equal(event_id_between((struct event_id){9, 3}, (struct event_id){7, 15}), 0);
    assert_int_equal(event_id_between((struct event_id){7, 15}, (struct event_id){9, 3}), 0);
    /* The one below an id that was not counted is no number either. */
    assert_int_equal(event_id_between((struct event_id){7, 15}, (struct event_id){8, UINT64_MAX}),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an id is two numbers of 64 bits and a dash", parses),
        TEST("it reads no further than told, and not less", no_longer_than_told),
        TEST("what it writes it reads again", formats_what_it_parses),
        TEST("ids have one order", is_in_one_order),
        TEST("0-0 is no event's", zero_is_none),
        TEST("below each id there is another", has_one_just_below),
        TEST("two ids tell how many events came between", counts),
    };

    return RUN_TESTS("event_id", tests);
}
