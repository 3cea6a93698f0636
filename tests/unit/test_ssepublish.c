/* ssepublish: the library's calls, their statuses, settings, and what they leave alone. */
#include "ssepublish.h"

#include <signal.h>

#include "alloc.h"
#include "folder.h"
#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct ssepublish *publisher;

static int set_up(UNUSED void **state)
{
    static const char *const VARIABLES[] = {
        "SSE_REDIS", "SSE_REDIS_PASSWORD_FILE", "SSE_PREFIX", "SSE_KEEP", "SSE_TTL", "SSE_TIMEOUT"};

    for (size_t i = 0; i < COUNT(VARIABLES); i++)
        unsetenv(VARIABLES[i]);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    ssepublish_free(publisher);
    publisher = NULL;
    redis_remove(&server);
    return set_up(NULL);
}

/* A publisher to a place without a Redis, for one try. */
static void begin_nowhere(void)
{
    publisher = ssepublish_new();
    assert_non_null(publisher);
    assert_int_equal(ssepublish_set(publisher, "redis", "unix:/nowhere/redis.sock"), 0);
    assert_int_equal(ssepublish_set(publisher, "timeout", "0"), 0);
}

static void refused_before_it_is_sent(UNUSED void **state)
{
    static const struct {
        const char *channel, *event, *data;
        int status;
        const char *why;
    } CASES[] = {
        {"a b", NULL, "{}", SSEPUBLISH_USAGE, "a b"},
        {"", NULL, "{}", SSEPUBLISH_USAGE, "channel"},
        {NULL, NULL, "{}", SSEPUBLISH_USAGE, "missing"},
        {"a", NULL, NULL, SSEPUBLISH_USAGE, "missing"},
        {"a", "two\nlines", "{}", SSEPUBLISH_USAGE, "event name"},
        {"a", "end", "{}", SSEPUBLISH_USAGE, "end"},
        {"a", "stream-open", "{}", SSEPUBLISH_USAGE, "stream-open"},
        {"a", NULL, "{", SSEPUBLISH_DATA, "not JSON"},
        {"a", NULL, "\"\xff\"", SSEPUBLISH_DATA, "UTF-8"},
    };

    begin_nowhere();
    for (size_t i = 0; i < COUNT(CASES); i++) {
        assert_int_equal(
            ssepublish_json(publisher, CASES[i].channel, CASES[i].event, CASES[i].data),
            CASES[i].status);
        assert_has(ssepublish_error(publisher), CASES[i].why);
        assert_string_equal(ssepublish_id(publisher), "");
    }
    assert_int_equal(ssepublish_text(publisher, "a", NULL, "\xff"), SSEPUBLISH_DATA);
    assert_int_equal(ssepublish_end(publisher, "a", "{"), SSEPUBLISH_DATA);
}

static void without_redis(UNUSED void **state)
{
    begin_nowhere();
    assert_int_equal(ssepublish_text(publisher, "a", "x", "text"), SSEPUBLISH_AWAY);
    assert_has(ssepublish_error(publisher), "No such file");
    assert_string_equal(ssepublish_id(publisher), "");
}

static void settings(UNUSED void **state)
{
    setenv("SSE_KEEP", "nonsense", 1);
    setenv("SSE_REDIS", "redis://u:secret@h:port", 1);
    publisher = ssepublish_new();
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "SSE_REDIS in the environment: its port");
    assert_has_not(ssepublish_error(publisher), "secret");
    assert_int_equal(ssepublish_set(publisher, "redis", "redis://u:secret@h:x"), SSEPUBLISH_USAGE);
    assert_has_not(ssepublish_error(publisher), "secret");
    assert_int_equal(ssepublish_set(publisher, "redis", "redis://u@127.0.0.1:1"), 0);
    assert_string_equal(ssepublish_error(publisher), "");
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "SSE_KEEP in the environment");
    assert_int_equal(ssepublish_set(publisher, "keep", "10"), 0);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "without a password");
    assert_int_equal(ssepublish_set(publisher, "redis-password-file", "/nowhere/at all"), 0);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "/nowhere/at all: No such file");
    assert_int_equal(ssepublish_set(publisher, "nonsense", "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "nonsense");
    assert_int_equal(ssepublish_set(publisher, "redis", "redis://127.0.0.1:1"), 0);
    assert_int_equal(ssepublish_set(publisher, "redis-password-file", ""), 0);
    assert_int_equal(ssepublish_set(publisher, "timeout", "0"), 0);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_AWAY);
    assert_int_equal(ssepublish_set(publisher, "keep", "11"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "before the first event");
}

/* What the environment has set is named as it is there. */
static void settings_by_environment(UNUSED void **state)
{
    setenv("SSE_REDIS", "redis://u@127.0.0.1:1", 1);
    publisher = ssepublish_new();
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "SSE_REDIS in the environment: ");
    ssepublish_free(publisher);
    setenv("SSE_REDIS_PASSWORD_FILE", "/nowhere/at all", 1);
    publisher = ssepublish_new();
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "SSE_REDIS_PASSWORD_FILE=/nowhere/at all in the "
                                            "environment: No such file");
    assert_int_equal(ssepublish_set(publisher, "redis-password-file", "/nowhere/else"), 0);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_USAGE);
    assert_has(ssepublish_error(publisher), "redis-password-file /nowhere/else: No such file");
}

static void null_fails(UNUSED void **state)
{
    assert_int_equal(ssepublish_json(NULL, "a", NULL, "1"), SSEPUBLISH_FAILED);
    assert_int_equal(ssepublish_text(NULL, "a", "end", "1"), SSEPUBLISH_FAILED);
    assert_int_equal(ssepublish_end(NULL, "a", NULL), SSEPUBLISH_FAILED);
    assert_int_equal(ssepublish_set(NULL, "keep", "1"), SSEPUBLISH_FAILED);
    assert_string_equal(ssepublish_id(NULL), "");
    assert_has(ssepublish_error(NULL), "no memory");
    ssepublish_free(NULL);
}

static void begin_with_redis(void)
{
    char url[120];

    need_redis();
    if (server.pid == 0)
        redis_start(&server);
    snprintf(url, sizeof url, "unix:%s", server.socket);
    setenv("SSE_REDIS", url, 1);
    publisher = ssepublish_new();
    assert_int_equal(ssepublish_set(publisher, "timeout", "1"), 0);
}

static void events(UNUSED void **state)
{
    begin_with_redis();
    assert_int_equal(ssepublish_json(publisher, "jobs/42", "progress", "{\"a\":1}"), 0);
    char id[64];
    snprintf(id, sizeof id, "%s", ssepublish_id(publisher));
    assert_string_equal(redis_do(&server, "HGET sse:last jobs/42"), id);
    assert_int_equal(ssepublish_text(publisher, "jobs/42", NULL, ""), 0);
    assert_string_not_equal(ssepublish_id(publisher), id);
    assert_string_equal(ssepublish_error(publisher), "");
    assert_int_equal(ssepublish_end(publisher, "jobs/42", NULL), 0);
    const char *log = redis_do(&server, "XRANGE sse:log:jobs/42 - +");
    assert_has(log, "event progress");
    assert_has(log, "data {\"a\":1}");
    assert_has(log, "event end");
    assert_has(log, "data {}");
    assert_int_equal(ssepublish_json(publisher, "jobs/42", NULL, "{"), SSEPUBLISH_DATA);
    assert_string_equal(ssepublish_id(publisher), ""); /* not that of the last one */
}

static void redis_refuses(UNUSED void **state)
{
    begin_with_redis();
    redis_do(&server, "SET sse:log:a x");
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), SSEPUBLISH_AWAY);
    assert_has(ssepublish_error(publisher), "WRONGTYPE");
    assert_int_equal(ssepublish_json(publisher, "b", NULL, "1"), 0);
}

/* A Redis that closes the connection is an error, not a signal; the next call connects again. */
static void redis_restarts(UNUSED void **state)
{
    sigset_t pending;

    begin_with_redis();
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "1"), 0);
    redis_kill(&server);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "2"), SSEPUBLISH_AWAY);
    redis_start(&server);
    assert_int_equal(ssepublish_json(publisher, "a", NULL, "3"), 0);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
    pthread_sigmask(SIG_BLOCK, NULL, &pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

static int use(UNUSED void *context)
{
    struct ssepublish *mine = ssepublish_new();
    int result = -1;

    if (mine != NULL && ssepublish_set(mine, "redis", "redis://u:p@h") == 0 &&
        ssepublish_set(mine, "redis-password-file", "x") == 0)
        result = 0;
    ssepublish_free(mine);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(6, use, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what is wrong is refused before it is sent", refused_before_it_is_sent),
        CASE("without Redis the status says so", without_redis),
        CASE("settings come from the environment and from calls", settings),
        CASE("what the environment has set wrong has its name there", settings_by_environment),
        CASE("events are published, and their ids known", events),
        CASE("what Redis refuses is told, and the next event goes on", redis_refuses),
        CASE("a restart of Redis sends no signal, and is got over", redis_restarts),
        CASE("no publisher is an error like others", null_fails),
        CASE("without memory it fails", without_memory),
    };

    return RUN_TESTS("ssepublish", tests);
}
