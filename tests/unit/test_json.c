/* core/json: the grammar of RFC 8259, where it is broken, strings. */
#include "core/json.h"

#include "alloc.h"
#include "core/utf8.h"
#include "test.h"

static int check(const char *text, size_t len, struct json_fault *fault)
{
    /* Behind the text stands what would make it whole, and must not be looked at. */
    char *copy = malloc(len + 1);

    memcpy(copy, text, len);
    copy[len] = '}';
    *fault = (struct json_fault){.at = SIZE_MAX};
    int result = json_check(copy, len, fault);
    free(copy);
    if (result < 0 && (fault->at > len || fault->what == NULL || *fault->what == '\0'))
        fail_msg("no place for what is wrong with \"%.*s\"", (int)len, text);
    return result;
}

static const char *const GOOD[] = {
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "120.05",
    "1.0",
    "0.5",
    "-0.0",
    "1e5",
    "1E5",
    "1e+5",
    "1e-05",
    "1.5E+10",
    "123456789012345678901234567890",
    "1e400",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    " 1",
    "1 ",
    "\t\r\n 1 \t\r\n",
    "[]",
    "[ ]",
    "{}",
    "{ }",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[],[[]],{}]",
    "{\"a\":1}",
    "{ \"a\" : 1 , \"b\" : [ ] }",
    "{\"\":0}",
    "{\"a\":1,\"a\":2}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\uD83D\\ude00\"",
    "\"\xc3\xa4\xf0\x9f\x98\x80\"",
    "\"\x7f\"",
    "\"'\"",
    "\"NaN\"",
    "\"Infinity -01 1.\"",
    "\"a\\\\\"",
    "\"//\"",
    "\"/* */\"",
    "[1,\"NaN\",\"it's\",\"\\\\\",\"-01\"]",
    "[true,false,null]",
    "[1.5,-2,3e4]",
};

static const char *const BAD[] = {
    "",
    " ",
    "\n",
    "NaN",
    "nan",
    "-NaN",
    "Infinity",
    "-Infinity",
    "infinity",
    "[NaN]",
    "[Infinity]",
    "{\"a\":-Infinity}",
    "[nan]",
    "True",
    "TRUE",
    "tru",
    "truee",
    "nul",
    "NULL",
    "None",
    "undefined",
    "1.",
    "[1.]",
    ".5",
    "-.5",
    "[.5]",
    "01",
    "-01",
    "00",
    "-",
    "+1",
    "[+1]",
    "--1",
    "1-",
    "1+1",
    "1e",
    "1e+",
    "[1e]",
    "1.e5",
    "1e5.5",
    "1.2.3",
    "0x10",
    "1_000",
    "1,5",
    "1 2",
    "1a",
    "1f",
    "[1a]",
    "-a",
    "[-]",
    "[1-]",
    "'a'",
    "{'a':1}",
    "[\"a\",'b']",
    "{a:1}",
    "\"",
    "\"a",
    "\"\\\"",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\'\"",
    "\"\\0\"",
    "\"\\\n\"",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"\x01\"",
    "\"\x1f\"",
    "[\"\r\"]",
    "{\"a\n\":1}",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1 2]",
    "[1,,2]",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{\"a\" 1}",
    "{\"a\":1 \"b\":2}",
    "{1:2}",
    "{\"a\",1}",
    "[1}",
    "{\"a\":1]",
    "[]]",
    "{}}",
    "[] []",
    "{}1",
    "1 // x",
    "/* x */ 1",
    "[1 /* x */]",
    "[1]//",
    "#",
    "\"\xff\"",
    "\"\xc3\"",
    "\"\xc0\xaf\"",
    "\"\xe2\x82\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\xc3\xa4",
    "\xff",
    "\xef\xbb\xbf"
    "1",
    "1\xc2\xa0",
    "\f1",
    "1\v",
    "hello",
    "hello world",
    "[\"a\" \"b\"]",
    "\"a\"\"b\"",
    "{\"a\":1}x",
    "\\",
    "a",
    "t",
    "n",
    "N",
    "I",
    "-I",
};

static void good_texts(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        struct json_fault fault;
        if (check(GOOD[i], strlen(GOOD[i]), &fault) != 0)
            fail_msg("\"%s\": %s at %zu", GOOD[i], fault.what, fault.at);
    }
}

static void bad_texts(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(BAD); i++) {
        struct json_fault fault;
        if (check(BAD[i], strlen(BAD[i]), &fault) == 0)
            fail_msg("\"%s\" passes", BAD[i]);
    }
}

static void depth(UNUSED void **state)
{
    struct json_fault fault;
    char text[202];

    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    assert_int_equal(check(text + 1, 200, &fault), 0);
    assert_int_equal(check(text, 202, &fault), -1);
    assert_in_range(fault.at, 99, 101);
    struct buf objects;
    buf_init(&objects, SIZE_MAX);
    for (int i = 0; i < 100; i++)
        buf_adds(&objects, "{\"a\":");
    buf_adds(&objects, "{}");
    for (int i = 0; i < 100; i++)
        buf_adds(&objects, "}");
    assert_int_equal(check(objects.data, objects.len, &fault), -1);
    buf_deinit(&objects);
    char *deep = malloc(1000000);
    memset(deep, '[', 1000000);
    assert_int_equal(check(deep, 1000000, &fault), -1);
    free(deep);
}

static void cut_anywhere(UNUSED void **state)
{
    static const char TEXT[] =
        "{\"task\":\"a\\u00e4\xe2\x82\xac\\\\\",\"n\":[-1.5e+3,true,null,{}],"
        "\"m\":{\"x\":[[],\"\"]}}";
    struct json_fault fault;

    assert_int_equal(check(TEXT, sizeof TEXT - 1, &fault), 0);
    for (size_t len = 0; len < sizeof TEXT - 1; len++)
        if (check(TEXT, len, &fault) == 0)
            fail_msg("cut after %zu bytes it passes", len);
        else if (fault.at > len)
            fail_msg("cut after %zu bytes the fault is at %zu", len, fault.at);
}

static void place_of_fault(UNUSED void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } CASES[] = {
        {"{\"a\":1 \"b\":2}", 7},
        {"[1,2 3]", 5},
        {"hello", 0},
        {"[1,NaN]", 3},
        {"[1,-01]", 3},
        {"[\"a\nb\"]", 3},
        {"{\"a\":1} x", 8},
        {"{'a':1}", 1},
        {"[1,2", 4},
        {"\"abc", 4},
        {"[true, falze]", 10},
        {"", 0},
        {"[1.]", 1},
        {"1 2", 2},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct json_fault fault;
        if (check(CASES[i].text, strlen(CASES[i].text), &fault) == 0)
            fail_msg("\"%s\" passes", CASES[i].text);
        if (fault.at != CASES[i].at)
            fail_msg("\"%s\": at %zu, not %zu: %s", CASES[i].text, fault.at, CASES[i].at,
                     fault.what);
    }
}

static void nul_byte(UNUSED void **state)
{
    struct json_fault fault;

    assert_int_equal(check("1\0", 2, &fault), -1);
    assert_int_equal(fault.at, 1);
    assert_int_equal(check("\"a\0b\"", 5, &fault), -1);
    assert_int_equal(fault.at, 2);
    assert_int_equal(check("\0", 1, &fault), -1);
    assert_int_equal(fault.at, 0);
    assert_int_equal(check("[1]\0", 4, &fault), -1);
}

static void strings(UNUSED void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } CASES[] = {
        {"", 0, "\"\""},
        {"abc", 3, "\"abc\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"a/b", 3, "\"a/b\""},
        {"\n\r\t\b\f", 5, "\"\\n\\r\\t\\b\\f\""},
        {"\x01\x1f", 2, "\"\\u0001\\u001f\""},
        {"\x7f", 1, "\"\x7f\""},
        {"\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\""},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct json_fault fault;
        struct buf out;
        buf_init(&out, 100);
        assert_int_equal(json_add_string(&out, CASES[i].text, CASES[i].len), 0);
        assert_buf(&out, CASES[i].json);
        assert_int_equal(check(out.data, out.len, &fault), 0);
        buf_deinit(&out);
    }
}

static void string_past_limit(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, 5);
    assert_int_equal(json_add_string(&out, "abcd", 4), -1);
    buf_deinit(&out);
    buf_init(&out, 6);
    assert_int_equal(json_add_string(&out, "abcd", 4), 0);
    buf_deinit(&out);
}

static int check_something(UNUSED void *context)
{
    struct json_fault fault;
    int result = json_check("[1,2,\"abc\"]", 11, &fault);

    if (result < 0)
        assert_has(fault.what, "memory");
    return result;
}

static int add_something(UNUSED void *context)
{
    struct buf out;

    buf_init(&out, 1000);
    int result = json_add_string(&out, "abc", 3);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, check_something, NULL);
    alloc_fail_each(1, add_something, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what RFC 8259 allows passes", good_texts),
        TEST("what it does not allow fails", bad_texts),
        TEST("nesting is at most 100 deep", depth),
        TEST("a text cut at any place fails, with a place within it", cut_anywhere),
        TEST("the fault is where it is", place_of_fault),
        TEST("a NUL is a fault", nul_byte),
        TEST("a string is escaped where it must be", strings),
        TEST("a string past the limit fails", string_past_limit),
        TEST("without memory both fail", without_memory),
    };

    return RUN_TESTS("json", tests);
}
