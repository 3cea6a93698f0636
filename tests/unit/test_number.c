/* core/number: what is a number, and what is not. */
#include "core/number.h"

#include "test.h"

#define UNTOUCHED 4711

static void whole(UNUSED void **state)
{
    static const struct {
        const char *text;
        uint64_t least, most;
        int result;
        uint64_t value;
    } CASES[] = {
        {"0", 0, 10, 0, 0},
        {"10", 0, 10, 0, 10},
        {"11", 0, 10, -1, 0},
        {"4", 5, 10, -1, 0},
        {"007", 0, 10, 0, 7},
        {"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
        {"18446744073709551616", 0, UINT64_MAX, -1, 0},
        {"99999999999999999999999999", 0, UINT64_MAX, -1, 0},
        {"", 0, 10, -1, 0},
        {" 1", 0, 10, -1, 0},
        {"1 ", 0, 10, -1, 0},
        {"+1", 0, 10, -1, 0},
        {"-1", 0, UINT64_MAX, -1, 0},
        {"1.0", 0, 10, -1, 0},
        {"0x1", 0, 10, -1, 0},
        {"1e1", 0, 10, -1, 0},
        {"1\n", 0, 10, -1, 0},
        {"\xd9\xa1", 0, 10, -1, 0}, /* an Arabic 1 */
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        uint64_t value = UNTOUCHED;
        int result = number_parse_whole(CASES[i].text, CASES[i].least, CASES[i].most, &value);
        if (result != CASES[i].result || value != (result == 0 ? CASES[i].value : UNTOUCHED))
            fail_msg("\"%s\": %d, %ju", CASES[i].text, result, (uintmax_t)value);
    }
}

static void decimal(UNUSED void **state)
{
    static const struct {
        const char *text;
        int result;
        double value;
    } CASES[] = {
        {"15", 0, 15},     {"0.5", 0, 0.5},   {"0.1", 0, 0.1},
        {"3600", 0, 3600}, {"2.", 0, 2},      {"0.09", -1, 0},
        {"3601", -1, 0},   {"3600.1", -1, 0}, {"", -1, 0},
        {".5", -1, 0},     {"1.2.3", -1, 0},  {"1e2", -1, 0},
        {"-1", -1, 0},     {"+1", -1, 0},     {" 1", -1, 0},
        {"1 ", -1, 0},     {"1,5", -1, 0},    {"inf", -1, 0},
        {"nan", -1, 0},    {"0x10", -1, 0},   {"1s", -1, 0},
        {"1..", -1, 0},    {".", -1, 0},      {"99999999999999999999999999999999999999", -1, 0},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        double value = UNTOUCHED;
        int result = number_parse_decimal(CASES[i].text, 0.1, 3600, &value);
        double expected = result == 0 ? CASES[i].value : UNTOUCHED;
        if (result != CASES[i].result || value < expected || value > expected)
            fail_msg("\"%s\": %d, %f", CASES[i].text, result, value);
    }
}

static void bytes(UNUSED void **state)
{
    static const struct {
        const char *text;
        size_t least, most;
        int result;
        size_t value;
    } CASES[] = {
        {"1024", 1024, 1 << 30, 0, 1024},
        {"1k", 1024, 1 << 30, 0, 1024},
        {"256k", 1024, 1 << 30, 0, 256 * 1024},
        {"1M", 1024, 1 << 30, 0, 1 << 20},
        {"1024M", 1024, 1 << 30, 0, 1 << 30},
        {"1025M", 1024, 1 << 30, -1, 0},
        {"1073741825", 1024, 1 << 30, -1, 0},
        {"1023", 1024, 1 << 30, -1, 0},
        {"0k", 1, 1 << 30, -1, 0},
        {"0", 0, 10, 0, 0},
        {"k", 0, 1 << 30, -1, 0},
        {"M", 0, 1 << 30, -1, 0},
        {"", 0, 1 << 30, -1, 0},
        {"1kM", 0, 1 << 30, -1, 0},
        {"1K", 0, 1 << 30, -1, 0},
        {"1m", 0, 1 << 30, -1, 0},
        {"1G", 0, 1 << 30, -1, 0},
        {"1 k", 0, 1 << 30, -1, 0},
        {"1.5k", 0, 1 << 30, -1, 0},
        {"-1k", 0, 1 << 30, -1, 0},
        {"18446744073709551615k", 0, SIZE_MAX, -1, 0},
        {"18446744073709551615", 0, SIZE_MAX, 0, SIZE_MAX},
        {"00000000000000000000000000001", 0, 10, -1, 0}, /* a number of more digits than any */
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        size_t value = UNTOUCHED;
        int result = number_parse_bytes(CASES[i].text, CASES[i].least, CASES[i].most, &value);
        if (result != CASES[i].result || value != (result == 0 ? CASES[i].value : UNTOUCHED))
            fail_msg("\"%s\": %d, %zu", CASES[i].text, result, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("whole numbers are digits only, within their limits", whole),
        TEST("decimal numbers have no sign and no exponent", decimal),
        TEST("bytes may have a k or an M behind them", bytes),
    };

    return RUN_TESTS("number", tests);
}
