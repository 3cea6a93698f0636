/* core/channel: names, patterns, who matches whom. */
#include "core/channel.h"

#include "test.h"

static const char *check(const char *name)
{
    return channel_check(name, strlen(name));
}

static const char *check_pattern(const char *name)
{
    return channel_check_pattern(name, strlen(name));
}

static bool is_allowed(int byte)
{
    return byte != 0 &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-", byte);
}

static void every_byte(UNUSED void **state)
{
    for (int byte = 0; byte < 256; byte++) {
        char alone = (char)byte, within[] = {'a', (char)byte, 'b'};
        bool may_start = is_allowed(byte) && byte != '-';
        bool may_stand = is_allowed(byte) || byte == '/';
        if ((channel_check(&alone, 1) == NULL) != may_start)
            fail_msg("byte %d alone", byte);
        if ((channel_check(within, 3) == NULL) != may_stand)
            fail_msg("byte %d within", byte);
        if ((channel_check_pattern(&alone, 1) == NULL) != (may_start || byte == '*'))
            fail_msg("byte %d alone as a pattern", byte);
        if ((channel_check_pattern(within, 3) == NULL) != may_stand)
            fail_msg("byte %d within a pattern", byte);
    }
}

static void limits(UNUSED void **state)
{
    char name[CHANNEL_MAX + 4];

    memset(name, 'a', sizeof name);
    assert_null(channel_check(name, 1));
    assert_null(channel_check(name, CHANNEL_MAX));
    assert_has(channel_check(name, CHANNEL_MAX + 1), "too long");
    assert_has(channel_check(name, 0), "empty");
    assert_has(channel_check_pattern(name, 0), "empty");
    assert_null(channel_check_pattern(name, CHANNEL_MAX));
    assert_has(channel_check_pattern(name, CHANNEL_MAX + 1), "too long");
    memcpy(name + CHANNEL_MAX, "/*", 2); /* all below the longest name */
    assert_null(channel_check_pattern(name, CHANNEL_MAX + 2));
    memcpy(name + CHANNEL_MAX + 1, "/*", 2);
    name[CHANNEL_MAX] = 'a';
    assert_has(channel_check_pattern(name, CHANNEL_MAX + 3), "too long");
}

static void names(UNUSED void **state)
{
    static const struct {
        const char *name, *problem;
    } CASES[] = {
        {"status", NULL},
        {"jobs/42", NULL},
        {"a/b/c/d", NULL},
        {"a-b", NULL},
        {"jobs/-x", NULL},
        {".", NULL},
        {"..", NULL},
        {"@me", NULL},
        {"_", NULL},
        {"-", "starts with -"},
        {"-/link", "starts with -"},
        {"-a", "starts with -"},
        {"/", "empty part"},
        {"/a", "empty part"},
        {"a/", "empty part"},
        {"a//b", "empty part"},
        {"jobs/*", "has a * in it: a pattern can be followed, but not published to"},
        {"*", "has a *"},
        {"a*b", "has a *"},
        {"a b", "has a character"},
        {"a:b", "has a character"},
        {"a%2f", "has a character"},
        {"\xc3\xa4", "has a character"},
        {"a,b", "has a character"},
        {"a\n", "has a character"},
        {"a?b", "has a character"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *problem = check(CASES[i].name);
        if (CASES[i].problem != NULL)
            assert_has(problem, CASES[i].problem);
        else if (problem != NULL)
            fail_msg("\"%s\" %s", CASES[i].name, problem);
    }
}

static void patterns(UNUSED void **state)
{
    static const char *const GOOD[] = {"*", "jobs/*", "a/b/*", "status", "jobs/42", "a-/*"};
    static const char *const BAD[] = {"",      "/*",   "**",   "a*",    "*a",    "jobs/*/x", "*/x",
                                      "a//*",  "-/*",  "-a/*", "a/**",  "a/*/",  "?",        "a/?",
                                      "a/[b]", "a*/*", "*/*",  "jobs*", "jobs/", "/"};

    for (size_t i = 0; i < COUNT(GOOD); i++)
        assert_null(check_pattern(GOOD[i]));
    for (size_t i = 0; i < COUNT(BAD); i++)
        if (check_pattern(BAD[i]) == NULL)
            fail_msg("\"%s\" passes", BAD[i]);
    assert_has(check_pattern("jobs*"), "has a * in it: only jobs/* ");
    assert_has(check_pattern("a*/*"), "has a * in it: only jobs/* ");
}

static void tells_patterns(UNUSED void **state)
{
    assert_true(channel_is_pattern("*"));
    assert_true(channel_is_pattern("jobs/*"));
    assert_false(channel_is_pattern("jobs"));
    assert_false(channel_is_pattern("jobs/42"));
}

static void matches(UNUSED void **state)
{
    static const struct {
        const char *pattern, *channel;
        bool matches;
    } CASES[] = {
        {"jobs/42", "jobs/42", true},  {"jobs/42", "jobs/421", false}, {"jobs/42", "jobs/4", false},
        {"jobs", "jobs/42", false},    {"jobs/*", "jobs/42", true},    {"jobs/*", "jobs/a/b", true},
        {"jobs/*", "jobs", false},     {"jobs/*", "jobsx", false},     {"jobs/*", "job/x", false},
        {"jobs/*", "jobs2/x", false},  {"*", "jobs/42", true},         {"*", "a", true},
        {"jobs/a/*", "jobs/b", false}, {"jobs/a/*", "jobs/a/b", true}, {"Jobs/*", "jobs/a", false},
        {"a.b", "axb", false},
    };

    for (size_t i = 0; i < COUNT(CASES); i++)
        if (channel_match(CASES[i].pattern, CASES[i].channel) != CASES[i].matches)
            fail_msg("%s and %s", CASES[i].pattern, CASES[i].channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each byte is allowed or not, at the start and within", every_byte),
        TEST("a name has 1 to 200 bytes", limits),
        TEST("what is wrong with a name is said", names),
        TEST("a pattern is all, or all below a channel", patterns),
        TEST("a pattern is told from a name", tells_patterns),
        TEST("a pattern matches what is below it", matches),
    };

    return RUN_TESTS("channel", tests);
}
