/* core/redis_url: forms, faults, and passwords that stay unseen. */
#include "core/redis_url.h"

#include "alloc.h"
#include "test.h"

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What a good URL gives. */
struct good {
    const char *text, *path, *host;
    int port, db;
    const char *user, *password, *described;
};

static const struct good GOOD[] = {
    {"redis://h", NULL, "h", 6379, 0, NULL, NULL, "redis://h:6379/0"},
    {"redis://127.0.0.1:80", NULL, "127.0.0.1", 80, 0, NULL, NULL, "redis://127.0.0.1:80/0"},
    {"redis://h/3", NULL, "h", 6379, 3, NULL, NULL, "redis://h:6379/3"},
    {"redis://h:65535/", NULL, "h", 65535, 0, NULL, NULL, "redis://h:65535/0"},
    {"redis://[::1]:7", NULL, "::1", 7, 0, NULL, NULL, "redis://[::1]:7/0"},
    {"redis://[fe80::1]/2", NULL, "fe80::1", 6379, 2, NULL, NULL, "redis://[fe80::1]:6379/2"},
    {"redis://u:secret@h:1/2", NULL, "h", 1, 2, "u", "secret", "redis://h:1/2"},
    {"redis://:secret@h", NULL, "h", 6379, 0, NULL, "secret", "redis://h:6379/0"},
    {"redis://u:secret@[::1]:9", NULL, "::1", 9, 0, "u", "secret", "redis://[::1]:9/0"},
    {"redis://u:a%3Ab%40c%2F%25@h", NULL, "h", 6379, 0, "u", "a:b@c/%", "redis://h:6379/0"},
    {"redis://u:secret@at@h", NULL, "h", 6379, 0, "u", "secret@at", "redis://h:6379/0"},
    {"redis://u:sec:ret@h", NULL, "h", 6379, 0, "u", "sec:ret", "redis://h:6379/0"},
    {"unix:/run/redis.sock", "/run/redis.sock", NULL, 0, 0, NULL, NULL, "unix:/run/redis.sock"},
    {"unix:///run/redis.sock", "/run/redis.sock", NULL, 0, 0, NULL, NULL, "unix:/run/redis.sock"},
};

static void check_good(const struct good *good)
{
    struct redis_url url;
    struct buf out;

    memset(&url, 0x55, sizeof url);
    const char *why = redis_url_parse(&url, good->text);
    if (why != NULL)
        fail_msg("%s: %s", good->text, why);
    if (!same(url.path, good->path) || !same(url.host, good->host) || !same(url.user, good->user) ||
        !same(url.password, good->password) || (url.host && url.port != good->port) ||
        url.db != good->db)
        fail_msg("%s is taken apart badly", good->text);
    buf_init(&out, 1000);
    assert_int_equal(redis_url_describe(&out, &url), 0);
    assert_buf(&out, good->described);
    assert_has_not(buf_text(&out), "secret");
    buf_deinit(&out);
    redis_url_deinit(&url);
    assert_null(url.host);
    redis_url_deinit(&url);
}

static void good_urls(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(GOOD); i++)
        check_good(&GOOD[i]);
}

static void bad_urls(UNUSED void **state)
{
    static const struct {
        const char *text, *why;
    } CASES[] = {
        {"", "must be redis://"},
        {"localhost", "must be redis://"},
        {"localhost:6379", "must be redis://"},
        {"http://h", "must be redis://"},
        {"REDIS://h", "must be redis://"},
        {"redis:/h", "must be redis://"},
        {"redis://", "must be redis://"},
        {"redis://:6379", "must be redis://"},
        {"redis:///0", "must be redis://"},
        {"redis://u:secret@", "must be redis://"},
        {"redis://[]", "must be redis://"},
        {"redis://[::1", "not closed"},
        {"redis://[::1]x", "port"},
        {"redis://h:", "port"},
        {"redis://h:0", "port"},
        {"redis://h:65536", "port"},
        {"redis://h:99999999999999999999", "port"},
        {"redis://h:6379x", "port"},
        {"redis://h:-1", "port"},
        {"redis://h:secret", "port"},
        {"redis://h/x", "database"},
        {"redis://h/-1", "database"},
        {"redis://h/1/2", "database"},
        {"redis://h/1?x=y", "database"},
        {"redis://h/99999999999999999999", "database"},
        {"redis://@h", "user:password"},
        {"redis://u:secret%@h", "%25"},
        {"redis://u:secret%zz@h", "%25"},
        {"redis://u%4:secret@h", "%25"},
        {"redis://u:secret%00@h", "%"},
        {"rediss://u:secret@h", "TLS"},
        {"unix:", "absolute path"},
        {"unix:redis.sock", "absolute path"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct redis_url url;
        memset(&url, 0x55, sizeof url);
        const char *why = redis_url_parse(&url, CASES[i].text);
        if (why == NULL)
            fail_msg("\"%s\" passes", CASES[i].text);
        assert_has(why, CASES[i].why);
        assert_has_not(why, "secret");
        if (url.host || url.path || url.user || url.password)
            fail_msg("\"%s\" leaves something", CASES[i].text);
    }
}

static void default_is_good(UNUSED void **state)
{
    struct redis_url url;

    assert_null(redis_url_parse(&url, REDIS_URL_DEFAULT));
    assert_string_equal(url.host, "127.0.0.1");
    assert_int_equal(url.port, 6379);
    redis_url_deinit(&url);
}

static int parse_and_describe(void *text)
{
    struct redis_url url;
    struct buf out;
    int result = -1;

    buf_init(&out, 1000);
    const char *why = redis_url_parse(&url, text);
    if (why == NULL)
        result = redis_url_describe(&out, &url);
    else
        assert_string_equal(why, "no memory");
    if (why != NULL && (url.host || url.path || url.user || url.password))
        fail_msg("it holds something");
    redis_url_deinit(&url);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(5, parse_and_describe, "redis://user:password@host:1/2");
    alloc_fail_each(3, parse_and_describe, "redis://[::1]");
    alloc_fail_each(3, parse_and_describe, "unix:/path");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("good URLs are taken apart, and described without a password", good_urls),
        TEST("bad URLs are refused, without quoting them", bad_urls),
        TEST("the default is a good URL", default_is_good),
        TEST("without memory nothing is held", without_memory),
    };

    return RUN_TESTS("redis_url", tests);
}
