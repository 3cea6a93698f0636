/* core/utf8: valid is exactly what the Unicode standard encodes, U+FFFD where the Encoding standard
 * has it. */
#include "core/utf8.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

/* The code point as UTF-8 would have it, surrogates and all. Returns the length. */
static size_t encode(char out[4], uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(0xf00 >> len | point);
    return len;
}

static void every_code_point(UNUSED void **state)
{
    char text[4];

    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        size_t len = encode(text, point);
        bool valid = point != 0 && (point < 0xd800 || point > 0xdfff);
        size_t prefix = utf8_valid_prefix(text, len);
        if (prefix != (valid ? len : 0))
            fail_msg("U+%04X: %zu of %zu", point, prefix, len);
        for (size_t cut = 1; cut < len; cut++)
            if (utf8_valid_prefix(text, cut) != 0)
                fail_msg("U+%04X cut after %zu bytes is valid", point, cut);
    }
}

/* Every code point is valid; so if there are as many valid sequences as code points, no other is.
 */
static void nothing_else_of_two_and_three(UNUSED void **state)
{
    size_t twos = 0, threes = 0;
    char text[3];

    for (unsigned i = 0x80 << 8; i <= 0xffff; i++) {
        text[0] = (char)(i >> 8);
        text[1] = (char)i;
        twos += utf8_valid_prefix(text, 2) == 2;
        for (int third = 0; i >= 0xe000 && third < 256; third++) {
            text[2] = (char)third;
            threes += utf8_valid_prefix(text, 3) == 3;
        }
    }
    assert_int_equal(twos, 0x800 - 0x80);
    assert_int_equal(threes, 0x10000 - 0x800 - 0x800);
}

static void nothing_else_of_four(UNUSED void **state)
{
    static const unsigned char EDGES[] = {0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                          0xa0, 0xbf, 0xc0, 0xf0, 0xff};

    for (int lead = 0xf0; lead <= 0xff; lead++)
        for (size_t i = 0; i < COUNT(EDGES) * COUNT(EDGES) * COUNT(EDGES); i++) {
            unsigned char second = EDGES[i % COUNT(EDGES)];
            unsigned char third = EDGES[i / COUNT(EDGES) % COUNT(EDGES)];
            unsigned char fourth = EDGES[i / COUNT(EDGES) / COUNT(EDGES)];
            uint32_t value =
                (uint32_t)lead << 24 | (uint32_t)second << 16 | (uint32_t)third << 8 | fourth;
            bool valid = value >= 0xf0908080 && value <= 0xf48fbfbf && (second & 0xc0) == 0x80 &&
                         (third & 0xc0) == 0x80 && (fourth & 0xc0) == 0x80;
            char text[] = {(char)lead, (char)second, (char)third, (char)fourth};
            if (utf8_valid_prefix(text, 4) != (valid ? 4 : 0))
                fail_msg("%08x is %svalid", value, valid ? "not " : "");
        }
}

static void prefix_ends_at_the_fault(UNUSED void **state)
{
    assert_int_equal(utf8_valid_prefix("", 0), 0);
    assert_int_equal(utf8_valid_prefix("abc", 3), 3);
    assert_int_equal(utf8_valid_prefix("ab\0c", 4), 2);
    assert_int_equal(utf8_valid_prefix("a\xc3\xa4\xff", 4), 3);
    assert_int_equal(utf8_valid_prefix("a\xe2\x82\xac\xe2\x82", 6), 4);
}

#define R "\xef\xbf\xbd"

static void repairs(UNUSED void **state)
{
    /* "!" stands for U+FFFD. */
    static const struct {
        const char *bytes;
        size_t len;
        const char *repaired;
    } CASES[] = {
        {"", 0, ""},
        {"plain", 5, "plain"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"a\0b", 3, "a" R "b"},
        {"\0", 1, R},
        {"\0\0", 2, R R},
        {"\x80", 1, R},                         /* a continuation alone */
        {"\x80\xbf", 2, R R},                   /* each its own */
        {"\xc0\xaf", 2, R R},                   /* overlong / */
        {"\xc1\xbf", 2, R R},                   /* overlong */
        {"\xe0\x80\xaf", 3, R R R},             /* overlong */
        {"\xe0\x9f\xbf", 3, R R R},             /* overlong */
        {"\xf0\x80\x80\xaf", 4, R R R R},       /* overlong */
        {"\xf0\x8f\xbf\xbf", 4, R R R R},       /* overlong */
        {"\xed\xa0\x80", 3, R R R},             /* surrogate */
        {"\xed\xbf\xbf", 3, R R R},             /* surrogate */
        {"\xf4\x90\x80\x80", 4, R R R R},       /* past U+10FFFF */
        {"\xf5\x80\x80\x80", 4, R R R R},       /* no lead at all */
        {"\xf8\x88\x80\x80\x80", 5, R R R R R}, /* five bytes */
        {"\xfe\xff", 2, R R},                   /* a BOM of UTF-16 */
        {"\xc3", 1, R},                         /* truncated: one for all of it */
        {"\xe2\x82", 2, R},                     /* truncated */
        {"\xf0\x9f\x98", 3, R},                 /* truncated */
        {"\xf0\x9f", 2, R},                     /* truncated */
        {"\xe2\x82"
         "a",
         3, R "a"}, /* broken off */
        {"\xf0\x9f\x98"
         "a",
         4, R "a"},                                /* broken off */
        {"\xe2\xe2\x82\xac", 4, R "\xe2\x82\xac"}, /* a lead in place of a continuation */
        {"\xf0\x9f\xf0\x9f\x98\x80", 6, R "\xf0\x9f\x98\x80"},
        {"\xe2\0\x82", 3, R R R}, /* NUL within a sequence */
        /* Unicode 15, tables 3-8 to 3-11 */
        {"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64", 13, "a" R R R "b" R "c" R R "d"},
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9, R R R R R R R R "A"},
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9, R R R R R R R R "A"},
        {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9, R R R R R "A" R R "B"},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9, R R R R "A"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(utf8_repair(&out, CASES[i].bytes, CASES[i].len), 0);
        if (out.len != strlen(CASES[i].repaired) ||
            (out.len > 0 && memcmp(out.data, CASES[i].repaired, out.len) != 0))
            fail_msg("case %zu becomes \"%.*s\"", i, (int)out.len, out.data);
        buf_deinit(&out);
    }
}

static void repaired_is_valid(UNUSED void **state)
{
    static const char BYTES[] = "a\0\x80\x9f\xa0\xbf\xc2\xe0\xed\xef\xf0\xf4\xff";
    uint64_t seed = 3;
    struct buf out;
    char text[12];

    buf_init(&out, 3 * sizeof text);
    for (int round = 0; round < 200000; round++) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = BYTES[next_random(&seed) % (sizeof BYTES - 1)];
        buf_clear(&out);
        assert_int_equal(utf8_repair(&out, text, sizeof text), 0);
        assert_int_equal(utf8_valid_prefix(out.data, out.len), out.len);
    }
    buf_deinit(&out);
}

static void repair_past_the_limit(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, 4);
    assert_int_equal(utf8_repair(&out, "ab\xff", 3), -1);
    buf_clear(&out);
    assert_int_equal(utf8_repair(&out, "abcde", 5), -1);
    buf_clear(&out);
    assert_int_equal(utf8_repair(&out, "a\xff", 2), 0);
    assert_buf(&out, "a" R);
    buf_deinit(&out);
}

static int repair_long(UNUSED void *context)
{
    char text[400];
    struct buf out;

    memset(text, '\xff', sizeof text);
    buf_init(&out, SIZE_MAX);
    int result = utf8_repair(&out, text, sizeof text);
    buf_deinit(&out);
    return result;
}

static void repair_without_memory(UNUSED void **state)
{
    alloc_fail_each(2, repair_long, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("every code point is valid but NUL and surrogates, and cut nowhere", every_code_point),
        TEST("no other two or three bytes are valid", nothing_else_of_two_and_three),
        TEST("no other four bytes are valid", nothing_else_of_four),
        TEST("the valid prefix ends where the fault begins", prefix_ends_at_the_fault),
        TEST("U+FFFD stands for each NUL and each maximal broken part", repairs),
        TEST("what is repaired is valid", repaired_is_valid),
        TEST("repair past the limit fails", repair_past_the_limit),
        TEST("repair without memory fails", repair_without_memory),
    };

    return RUN_TESTS("utf8", tests);
}
