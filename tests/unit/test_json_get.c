/* json_get_string: one string out of an object. */
#include "core/json.h"
#include "test.h"

static void found(UNUSED void **state)
{
    static const struct {
        const char *json, *path, *string;
    } CASES[] = {
        {"{\"a\":\"x\"}", "a", "x"},
        {"{\"b\":[1,{}],\"a\":\"\\u00e4\\n\"} ", "a", "\xc3\xa4\n"},
        {"{\"a\":{\"b\":{\"c\":\"deep\"}}}", "a.b.c", "deep"},
        {"{\"a\":\"\"}", "a", ""},
        {"{\"a\":1,\"a\":\"last\"}", "a", "last"}, /* as JSON.parse has it */
        {"{\"a\":1}", "a", NULL},
        {"{\"a\":null}", "a", NULL},
        {"{\"a\":{\"b\":\"x\"}}", "a", NULL},
        {"{\"a\":\"x\"}", "a.b", NULL},
        {"{\"a\":\"x\"}", "b", NULL},
        {"{\"a\":\"x\"}", "", NULL},
        {"[\"a\"]", "a", NULL},
        {"\"a\"", "a", NULL},
        {"1", "a", NULL},
        {"null", "a", NULL},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct buf out;
        buf_init(&out, 100);
        int result = json_get_string(&out, CASES[i].json, strlen(CASES[i].json), CASES[i].path);
        assert_int_equal(result, CASES[i].string != NULL ? 0 : -1);
        assert_string_equal(buf_text(&out), CASES[i].string != NULL ? CASES[i].string : "");
        buf_deinit(&out);
    }
}

static void only_the_text_is_read(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, 3);
    assert_int_equal(json_get_string(&out, "{\"a\":\"abc\"}xxx", 11, "a"), 0);
    assert_buf(&out, "abc");
    buf_clear(&out);
    assert_int_equal(json_get_string(&out, "{\"a\":\"abcd\"}", 12, "a"), -1);
    assert_int_equal(out.len, 0);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a string is found by its path, and nothing else is one", found),
        TEST("what is behind the text is not read, the limit holds", only_the_text_is_read),
    };

    return RUN_TESTS("json_get", tests);
}
