/* payload: what is said against bad data. */
#include "payload.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

static void faults_are_shown(UNUSED void **state)
{
    static const struct {
        const char *data, *parts[3];
    } CASES[] = {
        {"{\"a\":1 \"b\":2}", {"not JSON: position 8: ", "\n  {\"a\":1 \"b\":2}\n         ^", ""}},
        {"hello", {"not JSON: position 1: ", "\n  hello\n  ^", ""}},
        {"{\"a\":1", {"not JSON: position 7: ", "\n  {\"a\":1\n        ^", ""}},
        {"", {"not JSON: position 1: ", "\n  \n  ^", ""}},
        {"{\"\xc3\xa4\":x}", {"position 6: ", "\n       ^", "\xc3\xa4"}}, /* columns, not bytes */
        {"{\n  \"a\": 1,\n  \"b\" 2\n}", {"line 3, position 7: ", "\n    \"b\" 2\n        ^", ""}},
        {"[\"a\tb\"]", {"position 4: ", "\n  [\"a b\"]\n     ^", "control character"}},
        {"[1,NaN]", {"position 4: ", "NaN", "^"}},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct buf why;
        buf_init(&why, 10000);
        assert_int_equal(payload_check(CASES[i].data, strlen(CASES[i].data), false, &why), -1);
        for (size_t k = 0; k < 3; k++)
            assert_has(buf_text(&why), CASES[i].parts[k]);
        buf_deinit(&why);
    }
}

/* Only the part of a long line around the fault is shown, and the mark is still under it. */
static void long_lines_are_cut(UNUSED void **state)
{
    for (size_t before = 0; before < 200; before += 7)
        for (size_t behind = 0; behind < 200; behind += 33) {
            struct buf data, why;
            buf_init(&data, 10000);
            buf_init(&why, 10000);
            buf_adds(&data, "[\"");
            for (size_t i = 0; i < before; i++)
                buf_adds(&data, "\xe2\x82\xac");
            buf_adds(&data, "\" @");
            for (size_t i = 0; i < behind; i++)
                buf_adds(&data, "\xe2\x82\xac");
            assert_int_equal(payload_check(data.data, data.len, false, &why), -1);
            char *shown = strchr(buf_text(&why), '\n') + 1;
            char *mark = strchr(shown, '\n') + 1;
            size_t columns = 0;
            for (char *at = shown; *at != '@'; at++) {
                assert_true(at < mark);
                columns += ((unsigned char)*at & 0xc0) != 0x80;
            }
            assert_int_equal(strspn(mark, " "), columns);
            assert_string_equal(mark + columns, "^");
            assert_true(mark - shown < 120);
            buf_deinit(&data);
            buf_deinit(&why);
        }
}

static void good_data(UNUSED void **state)
{
    static char large[PAYLOAD_MAX + 1];
    struct buf why;

    buf_init(&why, 1000);
    assert_int_equal(payload_check("{\"a\":[1]}", 9, false, &why), 0);
    assert_int_equal(payload_check("hello", 5, true, &why), 0);
    assert_int_equal(payload_check("", 0, true, &why), 0);
    assert_int_equal(payload_check("\xc3\xa4\n", 3, true, &why), 0);
    memset(large, ' ', sizeof large);
    large[0] = '1';
    assert_int_equal(payload_check(large, PAYLOAD_MAX, false, &why), 0);
    assert_int_equal(payload_check(large, PAYLOAD_MAX, true, &why), 0);
    assert_int_equal(why.len, 0);
    assert_int_equal(payload_check(large, PAYLOAD_MAX + 1, true, &why), -1);
    assert_has(buf_text(&why), "262144");
    buf_deinit(&why);
}

static void bad_text(UNUSED void **state)
{
    struct buf why;

    buf_init(&why, 1000);
    assert_int_equal(payload_check("ab\xff", 3, true, &why), -1);
    assert_has(buf_text(&why), "byte 3 of the data is not UTF-8");
    buf_clear(&why);
    assert_int_equal(payload_check("a\0b", 3, true, &why), -1);
    assert_has(buf_text(&why), "byte 2 of the data is a NUL");
    buf_clear(&why);
    assert_int_equal(payload_check("\"\xc0\xaf\"", 4, false, &why), -1);
    assert_has(buf_text(&why), "byte 2 of the data is not UTF-8");
    buf_deinit(&why);
}

static int check_fault(UNUSED void *context)
{
    struct buf why;

    buf_init(&why, 1000);
    assert_int_equal(payload_check("[1 2]", 5, false, &why), -1);
    buf_deinit(&why);
    return 0;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(3, check_fault, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a fault is shown with its place and a mark under it", faults_are_shown),
        TEST("of a long line the part around the fault is shown", long_lines_are_cut),
        TEST("JSON and text up to the limit pass", good_data),
        TEST("what is no UTF-8 is refused with its place", bad_text),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("payload", tests);
}
