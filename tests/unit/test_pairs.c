/* pairs: arguments as a JSON object. */
#include "pairs.h"

#include <stdio.h>
#include <sysexits.h>

#include "alloc.h"
#include "core/json.h"
#include "folder.h"
#include "payload.h"
#include "test.h"

#define DEEP4 "a.a.a.a."
#define DEEP  DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4

static void pairs_and_others(UNUSED void **state)
{
    static const char *const PAIRS[] = {
        "a=b",   "a=",       "a:=1",       "a:=", "_x=1", "a-b=1", "a1=1",     "A=b",    "a==b",
        "a=b=c", "a:=\"=\"", "\xc3\xa4=1", "a@f", "a@",   "a.b=1", "a.0-x:=1", "a.b.c@f"};
    static const char *const OTHERS[] = {
        "",    "a",    "{\"a\":\"=\"}", " [\"=\"]", "\"a=b\"",  "a:b",
        "12",  "true", "null",          "-1",       "\"a\":=1", "a:@f",
        "1@f", "@f",   "'{\"a\"=1}'",   "<a b=c>",  "a\nb=c"};

    for (size_t i = 0; i < COUNT(PAIRS); i++)
        if (!pairs_is_meant(PAIRS[i]))
            fail_msg("\"%s\" is a pair", PAIRS[i]);
    for (size_t i = 0; i < COUNT(OTHERS); i++)
        if (pairs_is_meant(OTHERS[i]))
            fail_msg("\"%s\" is no pair", OTHERS[i]);
}

static void no_keys(UNUSED void **state)
{
    static const struct {
        char *pair;
        const char *said;
    } CASES[] = {{"=b", "\"\" is no key: "},
                 {":=1", "\"\" is no key: "},
                 {"1a=b", "\"1a\" is no key: "},
                 {"-a=b", "\"-a\" is no key: "},
                 {"a..b=1", "\"a..b\" is no "},
                 {".a:=1", "\".a\" is no key: "},
                 {"a.=1=2", "\"a.\" is no key: "},
                 {"a b=c", "\"a b\" is no key: "},
                 {"http://a/?b=c", "\"http://a/?b\" is no key: "},
                 {"a: =1", "\"a: \" is no key: "}};

    for (size_t i = 0; i < COUNT(CASES); i++) {
        char *pairs[] = {CASES[i].pair, "a=b"};
        for (size_t count = 1; count <= 2; count++) {
            struct buf out, why;
            buf_init(&out, PAYLOAD_MAX);
            buf_init(&why, 1000);
            assert_true(pairs_is_meant(pairs[0]));
            assert_int_equal(pairs_encode(&out, pairs, count, &why), EX_DATAERR);
            assert_has(buf_text(&why), CASES[i].said);
            /* Words and addresses may be text; a key that went wrong is none. */
            if (count == 1 && strpbrk(pairs[0], " /") != NULL)
                assert_has(buf_text(&why), "add --text");
            else
                assert_has_not(buf_text(&why), "--text");
            buf_deinit(&out);
            buf_deinit(&why);
        }
    }
}

static void from_pairs(UNUSED void **state)
{
    char *pairs[] = {"state=running", "moved:=45", "note=a \"b\"\n\\", "list:=[1, 2]", "empty=",
                     "none:=null",    "eq=a=b",    "text=007",         "sp:= 1 "};
    struct json_fault fault;
    struct buf out, why;

    buf_init(&out, PAYLOAD_MAX);
    buf_init(&why, 1000);
    assert_int_equal(pairs_encode(&out, pairs, COUNT(pairs), &why), 0);
    assert_buf(&out, "{\"state\":\"running\",\"moved\":45,\"note\":\"a \\\"b\\\"\\n\\\\\","
                     "\"list\":[1, 2],\"empty\":\"\",\"none\":null,\"eq\":\"a=b\","
                     "\"text\":\"007\",\"sp\": 1 }");
    assert_int_equal(why.len, 0);
    assert_int_equal(json_check(out.data, out.len, &fault), 0);
    buf_deinit(&out);
    buf_deinit(&why);
}

static void bad_pairs(UNUSED void **state)
{
    static const struct {
        char *pairs[3];
        const char *why[3];
    } CASES[] = {
        {{"a=1", "plain", NULL}, {"plain", "key=value", "key@file"}},
        {{"a=1", "a.b=2", NULL}, {"key a ", "value", "object"}},
        {{"a.b.c=1", "a.b=2", NULL}, {"key a.b ", "value", "object"}},
        {{"a.b=1", "a.b:=2", NULL}, {"key a.b ", "twice", ""}},
        {{"a@-", "b@-", NULL}, {"key b", "standard input", ""}},
        {{DEEP "a=1", NULL}, {"key a.a.", "too many dots", "31"}},
        {{"a=1", "b:=x", NULL}, {"value of b", "not JSON", "^"}},
        {{"a:=", NULL}, {"value of a", "not JSON", ""}},
        {{"a:='x'", NULL}, {"value of a", "not JSON", ""}},
        {{"a=1", "a=2", NULL}, {"key a", "twice", ""}},
        {{"a=1", "a:=2", NULL}, {"key a", "twice", ""}},
        {{"a=\xff", NULL}, {"value of a", "byte 1", "UTF-8"}},
        {{"b=x\xc3", NULL}, {"value of b", "byte 2", "UTF-8"}},
        {{"b:=\"\xff\"", NULL}, {"value of b", "byte 2", "UTF-8"}},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct buf out, why;
        size_t count = 0;
        buf_init(&out, PAYLOAD_MAX);
        buf_init(&why, 1000);
        while (CASES[i].pairs[count] != NULL)
            count++;
        assert_int_equal(pairs_encode(&out, CASES[i].pairs, count, &why), EX_DATAERR);
        for (size_t k = 0; k < 3; k++)
            assert_has(buf_text(&why), CASES[i].why[k]);
        buf_deinit(&out);
        buf_deinit(&why);
    }
}

/* The key is text as much as the value: what it makes does not pass. */
static void key_that_is_no_utf8(UNUSED void **state)
{
    char *pairs[] = {"\xff=1"};
    struct buf out, why;

    buf_init(&out, PAYLOAD_MAX);
    buf_init(&why, 1000);
    if (pairs_encode(&out, pairs, 1, &why) == 0)
        assert_int_equal(payload_check(out.data, out.len, false, &why), -1);
    assert_true(why.len > 0);
    buf_deinit(&out);
    buf_deinit(&why);
}

static void pairs_past_the_limit(UNUSED void **state)
{
    static char pair[PAYLOAD_MAX + 1] = "a=";
    char *pairs[] = {pair};
    struct buf out, why;

    memset(pair + 2, 'x', PAYLOAD_MAX - 8);
    buf_init(&out, PAYLOAD_MAX);
    buf_init(&why, 1000);
    assert_int_equal(pairs_encode(&out, pairs, 1, &why), 0);
    assert_int_equal(out.len, PAYLOAD_MAX);
    buf_clear(&out);
    pair[PAYLOAD_MAX - 6] = 'x';
    assert_int_equal(pairs_encode(&out, pairs, 1, &why), EX_DATAERR);
    assert_has(buf_text(&why), "262144"); /* what the limit is */
    buf_deinit(&out);
    buf_deinit(&why);
}

static int make_pairs(UNUSED void *context)
{
    char *pairs[] = {"a=b", "c:=[1]"};
    struct buf out, why;

    buf_init(&out, PAYLOAD_MAX);
    buf_init(&why, 1000);
    int result = pairs_encode(&out, pairs, 2, &why);
    buf_deinit(&out);
    buf_deinit(&why);
    return result == 0 ? 0 : -1;
}

static void nested(UNUSED void **state)
{
    static const struct {
        char *pairs[6];
        const char *json;
    } CASES[] = {
        {{"a.b=1"}, "{\"a\":{\"b\":\"1\"}}"},
        {{"a.b=1", "x=y", "a.c:=2"}, "{\"a\":{\"b\":\"1\",\"c\":2},\"x\":\"y\"}"},
        {{"a.b.c=1", "a.d.e=2", "a.b.f=3"},
         "{\"a\":{\"b\":{\"c\":\"1\",\"f\":\"3\"},\"d\":{\"e\":\"2\"}}}"},
        {{"ab=1", "a.b=2", "abc.d=3", "b.a=4"},
         "{\"ab\":\"1\",\"a\":{\"b\":\"2\"},\"abc\":{\"d\":\"3\"},\"b\":{\"a\":\"4\"}}"},
        {{"a.b=x.y=z"}, "{\"a\":{\"b\":\"x.y=z\"}}"},
        {{"a=x@y", "b=c@d"}, "{\"a\":\"x@y\",\"b\":\"c@d\"}"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct buf out, why;
        size_t count = 0;
        buf_init(&out, PAYLOAD_MAX);
        buf_init(&why, 1000);
        while (count < 6 && CASES[i].pairs[count] != NULL)
            count++;
        assert_int_equal(pairs_encode(&out, CASES[i].pairs, count, &why), 0);
        assert_buf(&out, CASES[i].json);
        buf_deinit(&out);
        buf_deinit(&why);
    }
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* Encodes `a@<file with the bytes>`. Returns what pairs_encode does; *why is valid until the next.
 */
static int encode_file(const char *bytes, size_t len, struct buf *out, struct buf *why)
{
    struct folder folder;
    char pair[400];
    char *pairs[] = {pair};

    folder_make(&folder);
    write_file(folder_path(&folder, "f"), bytes, len);
    snprintf(pair, sizeof pair, "a@%s", folder_path(&folder, "f"));
    buf_clear(out);
    buf_clear(why);
    int result = pairs_encode(out, pairs, 1, why);
    folder_remove(&folder);
    return result;
}

static void from_files(UNUSED void **state)
{
    static char large[PAYLOAD_MAX + 10];
    char *missing[] = {"a@/nowhere/at all"};
    int before = open_descriptors();
    struct buf out, why;

    buf_init(&out, PAYLOAD_MAX);
    buf_init(&why, 1000);
    assert_int_equal(encode_file("one\ntwo\n", 8, &out, &why), 0);
    assert_buf(&out, "{\"a\":\"one\\ntwo\"}");
    assert_int_equal(encode_file("x\r\n", 3, &out, &why), 0);
    assert_buf(&out, "{\"a\":\"x\"}");
    assert_int_equal(encode_file("", 0, &out, &why), 0);
    assert_buf(&out, "{\"a\":\"\"}");
    assert_int_equal(encode_file("\xff", 1, &out, &why), EX_DATAERR);
    assert_has(buf_text(&why), "value of a: byte 1 of the data is not UTF-8");
    memset(large, 'x', sizeof large);
    assert_int_equal(encode_file(large, sizeof large, &out, &why), EX_DATAERR);
    assert_has(buf_text(&why), "262144");
    buf_clear(&why);
    assert_int_equal(pairs_encode(&out, missing, 1, &why), EXIT_FAILURE);
    assert_has(buf_text(&why), "/nowhere/at all: No such file or directory");
    assert_int_equal(open_descriptors(), before);
    buf_deinit(&out);
    buf_deinit(&why);
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(2, make_pairs, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("pairs are told from JSON and words", pairs_and_others),
        TEST("what is no key is said, and what one is", no_keys),
        TEST("pairs make an object", from_pairs),
        TEST("dots make objects in objects, and none is begun twice", nested),
        TEST("a file's content is a string, without its last line end", from_files),
        TEST("a bad pair is named", bad_pairs),
        TEST("a key that is no UTF-8 makes no object", key_that_is_no_utf8),
        TEST("pairs past the limit are refused with the limit", pairs_past_the_limit),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("pairs", tests);
}
