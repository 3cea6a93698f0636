/* away: what is said of a Redis that is away. */
#include "away.h"

#include "test.h"

static void assert_words(const char *url, const char *words)
{
    char out[AWAY_WORDS_MAX];
    struct redis_url redis;

    assert_null(redis_url_parse(&redis, url));
    away_words(out, &redis, "Connection refused");
    assert_string_equal(out, words);
    redis_url_deinit(&redis);
}

static void where(UNUSED void **state)
{
    assert_words("unix:/run/r.sock", "Redis at unix:/run/r.sock: Connection refused "
                                     "(SSE_REDIS or --redis says where it is)");
    assert_words("redis://user:secret@[::1]:7/3", "Redis at redis://[::1]:7/3: Connection refused "
                                                  "(SSE_REDIS or --redis says where it is)");
}

static void too_long(UNUSED void **state)
{
    char url[1200] = "unix:/", why[2000], out[AWAY_WORDS_MAX];
    struct redis_url redis = {.path = url};

    memset(url + 6, 'x', sizeof url - 7);
    memset(why, 'y', sizeof why - 1);
    url[sizeof url - 1] = why[sizeof why - 1] = '\0';
    away_words(out, &redis, why);
    assert_has(out, "Redis at ");
    assert_has(out, "yy (SSE_REDIS or --redis says where it is)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("it says where, without user and password", where),
        TEST("what is too long is cut", too_long),
    };

    return RUN_TESTS("away", tests);
}
