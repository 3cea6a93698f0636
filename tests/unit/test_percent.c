/* core/percent: good and bad forms, in place and not. */
#include "core/percent.h"

#include "test.h"

static void decodes(UNUSED void **state)
{
    static const struct {
        const char *text;
        bool plus;
        const char *decoded; /* NULL: it cannot be */
    } CASES[] = {
        {"", false, ""},
        {"abc", false, "abc"},
        {"a%2Fb", false, "a/b"},
        {"%41%4a%4A", false, "AJJ"},
        {"%25", false, "%"},
        {"%2525", false, "%25"},
        {"%ff%C3%a4", false, "\xff\xc3\xa4"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%2B+", true, "+ "},
        {"%0a%0D%01", false, "\n\r\x01"},
        {"%", false, NULL},
        {"a%", false, NULL},
        {"%4", false, NULL},
        {"a%4", false, NULL},
        {"%%", false, NULL},
        {"%%41", false, NULL},
        {"%4%41", false, NULL},
        {"%g0", false, NULL},
        {"%0g", false, NULL},
        {"%G0", false, NULL},
        {"%/0", false, NULL},
        {"%:0", false, NULL},
        {"%@0", false, NULL},
        {"%`0", false, NULL},
        {"% 1", false, NULL},
        {"%+1", true, NULL},
        {"%-1", false, NULL},
        {"%0x", false, NULL},
        {"%00", false, NULL},
        {"a%00b", false, NULL},
        {"%\xc3\xa4", false, NULL},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        char out[40];
        long len = percent_decode(out, CASES[i].text, strlen(CASES[i].text), CASES[i].plus);
        if (CASES[i].decoded == NULL) {
            if (len != -1)
                fail_msg("\"%s\" gives %ld", CASES[i].text, len);
            continue;
        }
        if (len != (long)strlen(CASES[i].decoded))
            fail_msg("\"%s\" gives %ld", CASES[i].text, len);
        assert_string_equal(out, CASES[i].decoded);
    }
}

static void in_place(UNUSED void **state)
{
    char text[] = "x%2Fy%20z";

    assert_int_equal(percent_decode(text, text, strlen(text), false), 5);
    assert_string_equal(text, "x/y z");
}

/* Digits behind the end of the text, in memory, are not the text's. */
static void end_of_text(UNUSED void **state)
{
    char out[8];

    assert_int_equal(percent_decode(out, "%41", 1, false), -1);
    assert_int_equal(percent_decode(out, "%41", 2, false), -1);
    assert_int_equal(percent_decode(out, "%41", 3, false), 1);
    assert_int_equal(percent_decode(out, "a%41", 2, false), -1);
    assert_int_equal(percent_decode(out, "a%41", 3, false), -1);
    assert_int_equal(percent_decode(out, "a%41", 1, false), 1);
    assert_int_equal(percent_decode(out, "", 0, false), 0);
}

static void every_byte(UNUSED void **state)
{
    static const char DIGITS[] = "0123456789abcdef";

    for (int byte = 1; byte < 256; byte++) {
        char text[] = {'%', DIGITS[byte >> 4], DIGITS[byte & 15]}, out[4];
        assert_int_equal(percent_decode(out, text, 3, true), 1);
        assert_int_equal((unsigned char)out[0], byte);
        assert_int_equal(out[1], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("good forms are decoded and bad ones refused", decodes),
        TEST("it decodes in place", in_place),
        TEST("a % at the end of the text is refused, whatever stands behind", end_of_text),
        TEST("every byte but NUL can be encoded", every_byte),
    };

    return RUN_TESTS("percent", tests);
}
