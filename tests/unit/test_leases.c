/* leases: jobs that died, found on a real Redis by way of source. */
#include "leases.h"

#include "alloc.h"
#include "capture.h"
#include "hub_fixture.h"
#include "redis_server.h"
#include "source.h"

static struct redis_server server;
static struct source *source;

static int set_up(void **state)
{
    need_redis();
    hub_set_up(state);
    keys_init(&f.config.keys, "sse:");
    redis_start(&server);
    f.config.redis = (struct redis_url){.path = server.socket};
    return 0;
}

static int tear_down(void **state)
{
    source_free(source);
    source = NULL;
    hub_tear_down(state);
    redis_remove(&server);
    return 0;
}

static void begin(void)
{
    source = source_new(&f.loop.loop, &f.config, f.hub);
    assert_non_null(source);
}

/* A lease that runs out in `in_ms`, with its will. */
static void lease(const char *name, int in_ms, const char *will)
{
    uintmax_t seconds, us;

    sscanf(redis_do(&server, "TIME"), "%ju %ju", &seconds, &us);
    redis_do(&server, "HSET sse:wills %s %s", name, will);
    redis_do(&server, "ZADD sse:leases %lld %s", (long long)(seconds * 1000 + us / 1000) + in_ms,
             name);
}

static bool has_none(UNUSED void *context)
{
    return strcmp(redis_do(&server, "ZCARD sse:leases"), "0") == 0 &&
           strcmp(redis_do(&server, "HLEN sse:wills"), "0") == 0;
}

static bool has_one(UNUSED void *context)
{
    return strcmp(redis_do(&server, "ZCARD sse:leases"), "1") == 0;
}

/* Ours are the only scripts. */
static bool has_asked(void *calls)
{
    const char *found = strstr(redis_do(&server, "INFO commandstats"), "cmdstat_eval:calls=");

    return found != NULL && atoi(found + strlen("cmdstat_eval:calls=")) >= *(int *)calls;
}

static void publishes_the_will(UNUSED void **state)
{
    lease("one", 1500, "1000 50 60 jobs/a {\"n\":1}");
    begin();
    loop_wait(&f.loop, has_none, NULL);
    assert_has(redis_do(&server, "XRANGE sse:log:jobs/a - +"), "event lost data {\"n\":1}");
    assert_in_range(atol(redis_do(&server, "PTTL sse:log:jobs/a")), 30000, 60000);
}

/* One whose job could not renew it yet. */
static void waits_as_long_as_it_lasts(UNUSED void **state)
{
    lease("long", -1, "3600000 50 60 jobs/a {\"n\":1}");
    lease("short", -1, "1000 50 60 jobs/b {\"n\":2}");
    begin();
    uint64_t begun_ms = uv_hrtime() / 1000000;
    loop_wait(&f.loop, has_one, NULL);
    assert_true(uv_hrtime() / 1000000 - begun_ms >= 1000);
    assert_string_equal(redis_do(&server, "ZRANGE sse:leases 0 -1"), "long");
    loop_wait(&f.loop, has_asked, &(int){2});
    assert_string_equal(redis_do(&server, "EXISTS sse:log:jobs/a"), "0");
    assert_string_equal(redis_do(&server, "XLEN sse:log:jobs/b"), "1");
}

static bool is_short_gone(UNUSED void *context)
{
    return strcmp(redis_do(&server, "ZSCORE sse:leases short"), "nil") == 0;
}

/* More than a look shows that do not count yet, before one that does. */
static void sees_behind_others(UNUSED void **state)
{
    char name[20];

    for (int i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "long%d", i);
        lease(name, -1000, "3600000 50 60 jobs/a {}");
    }
    lease("short", -1, "1000 50 60 jobs/b {\"n\":2}");
    begin();
    loop_wait(&f.loop, is_short_gone, NULL);
    assert_string_equal(redis_do(&server, "ZCARD sse:leases"), "250");
    assert_string_equal(redis_do(&server, "XLEN sse:log:jobs/b"), "1");
}

static void refused_once(UNUSED void **state)
{
    static struct capture log;

    redis_do(&server, "SET sse:wills x");
    redis_do(&server, "ZADD sse:leases 1 a");
    capture_begin(&log, STDERR_FILENO);
    log_init("test", LOG_WARNING);
    begin();
    loop_wait(&f.loop, has_asked, &(int){2});
    redis_do(&server, "DEL sse:wills");
    loop_wait(&f.loop, has_none, NULL); /* it goes on looking */
    log_init("test", LOG_ERROR);
    capture_end(&log);
    const char *said = strstr(log.text, "leases-refused");
    assert_non_null(said);
    assert_has(said, "WRONGTYPE");
    assert_null(strstr(said + 1, "leases-refused"));
}

/* A Redis without memory takes no renewals: after that, too, all that lives has the time for one.
 */
static void waits_for_writes(UNUSED void **state)
{
    lease("one", -1, "1000 50 60 jobs/a {\"n\":1}");
    redis_do(&server, "CONFIG SET maxmemory 1");
    begin();
    loop_wait(&f.loop, has_asked, &(int){2});
    assert_true(has_one(NULL));
    redis_do(&server, "CONFIG RESETSTAT");
    redis_do(&server, "CONFIG SET maxmemory 0");
    loop_wait(&f.loop, has_none, NULL);
    assert_true(has_asked(&(int){3})); /* a look, another one a second later, and the claim */
}

/* With answers still to come: Redis has the look, or the claim behind it, and we do not know. */
static void freed_any_time(UNUSED void **state)
{
    for (int calls = 1; calls <= 2; calls++) {
        redis_do(&server, "CONFIG RESETSTAT");
        lease("one", -1, "1000 50 60 jobs/a {}");
        begin();
        loop_wait(&f.loop, has_asked, &calls);
        source_free(source);
        source = NULL;
    }
}

static bool has_none_again(void *context)
{
    unsigned long *n = context;

    if (alloc_fail_never()) /* whatever failed is tried again */
        alloc_fail_at(++*n % 40 + 1);
    return has_none(NULL);
}

static void without_memory(UNUSED void **state)
{
    unsigned long n = 0;

    lease("one", 1200, "1000 50 60 jobs/a {\"n\":1}");
    lease("bad", 1200, "nonsense");
    begin();
    alloc_fail_at(30);
    loop_wait(&f.loop, has_none_again, &n);
    alloc_fail_never();
    assert_string_equal(redis_do(&server, "XLEN sse:log:jobs/a"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what has run out is published", publishes_the_will),
        CASE("it counts once Redis is there for as long as it lasts", waits_as_long_as_it_lasts),
        CASE("many that do not count yet hide none that does", sees_behind_others),
        CASE("what Redis refuses is said once", refused_once),
        CASE("it counts once Redis takes writes for as long as it lasts", waits_for_writes),
        CASE("it can be freed at any time", freed_any_time),
        CASE("without memory it looks again", without_memory),
    };

    log_init("test", LOG_ERROR);
    signal(SIGPIPE, SIG_IGN);
    return RUN_TESTS("leases", tests);
}
