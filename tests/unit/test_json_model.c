/* core/json against a second reading of RFC 8259: all short texts, and many broken long ones. */
#include "core/json.h"

#include "core/utf8.h"
#include "test.h"

/* --- a checker that does nothing but follow the grammar; each returns where it ends, or NULL ----
 */

static const char *value(const char *at, int depth);

static const char *space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *digits(const char *at)
{
    size_t n = strspn(at, "0123456789");

    return n > 0 ? at + n : NULL;
}

static const char *number(const char *at)
{
    if (*at == '-')
        at++;
    at = *at == '0' ? at + 1 : digits(at);
    if (at != NULL && *at == '.')
        at = digits(at + 1);
    if (at != NULL && (*at == 'e' || *at == 'E')) {
        at++;
        at = digits(*at == '+' || *at == '-' ? at + 1 : at);
    }
    return at;
}

static const char *string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == 'u') {
            if (strspn(at + 1, "0123456789abcdefABCDEF") < 4)
                return NULL;
            at += 4;
        } else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
            return NULL;
        }
    }
    return at + 1;
}

static const char *member(const char *at, bool has_key, int depth)
{
    if (has_key) {
        at = string(space(at));
        if (at == NULL || *space(at) != ':')
            return NULL;
        at = space(at) + 1;
    }
    return value(at, depth);
}

static const char *container(const char *at, int depth)
{
    bool is_object = *at == '{';
    char end = is_object ? '}' : ']';

    if (depth == 100)
        return NULL;
    at = space(at + 1);
    if (*at == end)
        return at + 1;
    for (;;) {
        at = member(at, is_object, depth + 1);
        if (at == NULL)
            return NULL;
        at = space(at);
        if (*at == end)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *value(const char *at, int depth)
{
    static const char *const LITERALS[] = {"true", "false", "null"};

    at = space(at);
    for (size_t i = 0; i < COUNT(LITERALS); i++)
        if (strncmp(at, LITERALS[i], strlen(LITERALS[i])) == 0)
            return at + strlen(LITERALS[i]);
    if (*at == '{' || *at == '[')
        return container(at, depth);
    return *at == '"' ? string(at) : number(at);
}

static bool is_json(const char *text)
{
    const char *end = value(text, 0);

    return utf8_valid_prefix(text, strlen(text)) == strlen(text) && end != NULL &&
           *space(end) == '\0';
}

/* --- the tests -----------------------------------------------------------------------------------
 */

static void compare(const char *text)
{
    struct json_fault fault = {.at = SIZE_MAX};
    size_t len = strlen(text);
    bool passes = json_check(text, len, &fault) == 0;

    if (passes != is_json(text))
        fail_msg("\"%s\" %s", text, passes ? "passes" : fault.what);
    if (!passes && fault.at > len)
        fail_msg("\"%s\": the fault is at %zu", text, fault.at);
}

/* All texts of up to `len_max` characters of the alphabet. */
static void compare_all(const char *alphabet, size_t len_max)
{
    size_t n = strlen(alphabet), count = 1;
    char text[16];

    for (size_t len = 0; len <= len_max; len++, count *= n)
        for (size_t i = 0; i < count; i++) {
            size_t rest = i;
            for (size_t k = 0; k < len; k++, rest /= n)
                text[k] = alphabet[rest % n];
            text[len] = '\0';
            compare(text);
        }
}

static void short_texts(UNUSED void **state)
{
    compare_all("[]{}\",:01-.eE+'\\n aN\n/", 3);
    compare_all("[]\"{:},1 \\", 5);
}

static void short_numbers(UNUSED void **state)
{
    compare_all("01-+.e ", 6);
}

static void short_strings(UNUSED void **state)
{
    struct buf text;

    for (int first = 1; first < 256; first++)
        for (int second = 1; second < 256; second++) {
            char bytes[] = {'"', (char)first, (char)second, '"', '\0'};
            compare(bytes);
        }
    buf_init(&text, 100);
    for (int byte = 1; byte < 256; byte++) {
        buf_clear(&text);
        buf_addf(&text, "[\"\\%c\"]", byte);
        compare(buf_text(&text));
        buf_clear(&text);
        buf_addf(&text, "[1%c2]", byte);
        compare(buf_text(&text));
    }
    buf_deinit(&text);
}

static void broken_texts(UNUSED void **state)
{
    static const char WHOLE[] = "{\"task\":\"a\\u00e4\xc3\xa4\",\"n\":[-1.5e+3,true,null,{},false],"
                                "\"m\":{\"x\":[[0],\"\\n\"]}, \"big\": 10203040}";
    static const char BYTES[] = "{}[]\",:\\/ 0123456789-+.eEtruefalsn'NaIu\n\t\x01\xc3\xa4\xff";
    uint64_t seed = 5;

    compare(WHOLE);
    for (int round = 0; round < 100000; round++) {
        char text[sizeof WHOLE];
        memcpy(text, WHOLE, sizeof WHOLE);
        for (uint32_t changes = 1 + next_random(&seed) % 3; changes > 0; changes--) {
            size_t at = next_random(&seed) % (sizeof WHOLE - 1);
            char byte = BYTES[next_random(&seed) % (sizeof BYTES - 1)];
            if (next_random(&seed) % 3 == 0)
                memmove(text + at, text + at + 1, sizeof WHOLE - at - 1);
            else if (at < strlen(text))
                text[at] = byte;
        }
        compare(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("all short texts are judged alike", short_texts),
        TEST("all short numbers are judged alike", short_numbers),
        TEST("all strings of two bytes and all escapes are judged alike", short_strings),
        TEST("broken long texts are judged alike", broken_texts),
    };

    return RUN_TESTS("json_model", tests);
}
