/* reporter: a job's reports, with Redis there, away, and hung. */
#include "reporter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "away.h"
#include "capture.h"
#include "patience.h"
#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct target target;
static struct reporter *reporter;
static struct capture err;
static uint32_t lease_ms = 20000;

static int tear_down(UNUSED void **state)
{
    redis_remove(&server);
    return 0;
}

static void begin(uint32_t rate_max, uint32_t timeout_ms)
{
    target = (struct target){.keep = 100, .ttl_s = 100, .timeout_ms = timeout_ms};
    target.redis.path = server.socket;
    keys_init(&target.keys, "sse:");
    const struct reporter_job job = {.target = &target,
                                     .program = "sse-test",
                                     .channel = "jobs/a",
                                     .task = "a \"task\"",
                                     .rate_max = rate_max,
                                     .lease_ms = lease_ms,
                                     .bar_fd = -1};
    reporter = reporter_begin(&job);
    assert_non_null(reporter);
}

static void update(uint64_t moved, uint64_t total)
{
    reporter_update(reporter, &(struct progress){.moved = moved, .total = total, .unit = "files"});
}

static int end(int status)
{
    return reporter_end(reporter, &(struct progress_end){.status = status, .duration_ms = 2000},
                        -1);
}

static const char *published(void)
{
    return redis_do(&server, "XRANGE sse:log:jobs/a - +");
}

static void in_order(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(1, 5000);
    reporter_log(reporter, "one \xff line", 10);
    for (uint64_t i = 0; i < 1000; i++)
        update(i, 999);
    assert_int_equal(end(0), 0);
    const char *log = published();
    const char *start = strstr(log, "event start"), *line = strstr(log, "event log");
    const char *progress = strstr(log, "event progress"), *done = strstr(log, "event done");
    assert_true(start != NULL && start < line && line < progress && progress < done);
    assert_has(line, "{\"task\":\"a \\\"task\\\"\",\"line\":\"one \xef\xbf\xbd line\"}");
    assert_has(done, "\"state\":\"done\",\"moved\":999,\"total\":999,\"percent\":\"100.00\","
                     "\"unit\":\"files\",\"rate\":499.50,\"exit\":0,\"duration\":2.000}");
    assert_in_range(atoi(redis_do(&server, "XLEN sse:log:jobs/a")), 4, 5); /* of 1,000 */
}

/* The number behind "name": in the newest progress event; 0 for none. */
static double newest(const char *name)
{
    const char *log = redis_do(&server, "XREVRANGE sse:log:jobs/a + - COUNT 1");
    const char *at = strstr(log, name);

    return at != NULL ? atof(at + strlen(name)) : 0;
}

/* 900 MB were there before, and come one moment after the first progress; then it is slow. */
static void kept(UNUSED void **state)
{
    struct progress progress = {.unit = "bytes", .total = 1000000000};

    need_redis();
    redis_start(&server);
    begin(1000, 5000);
    reporter_update(reporter, &progress);
    progress.moved = progress.kept = 900000000;
    for (int i = 0; i < 20000 && newest("\"rate\":") == 0; i++) {
        progress.moved += 10;
        reporter_update(reporter, &progress);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    double rate = newest("\"rate\":"), eta_s = newest("\"eta\":");
    assert_true(rate > 0 && rate <= 10000);
    assert_true(eta_s >= 9000); /* 100 MB at this speed */
    assert_true(newest("\"percent\":\"") >= 90);
    progress.moved = 900000500;
    reporter_update(reporter, &progress);
    assert_int_equal(end(0), 0);
    assert_has(redis_do(&server, "XREVRANGE sse:log:jobs/a + - COUNT 1"), "\"rate\":250.00");
}

struct lease_seen {
    char name[30];
    double till;
};

/* The only lease that there is. */
static struct lease_seen see_lease(void)
{
    struct lease_seen seen = {.till = 0};

    sscanf(redis_do(&server, "ZRANGE sse:leases 0 -1 WITHSCORES"), "%29s %lf", seen.name,
           &seen.till);
    return seen;
}

/* Waits until it lasts for `ms` longer than it did. */
static struct lease_seen await_renewal(struct lease_seen before, double ms)
{
    for (int i = 0; i < 20000; i++) {
        struct lease_seen now = see_lease();
        if (now.till > before.till + ms)
            return now;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    fail_msg("it is not renewed");
    return before;
}

/* It is made with the start, renewed in silence, made anew when it is gone, and over at the end. */
static void leased(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    lease_ms = 1000;
    begin(10, 5000);
    lease_ms = 20000;
    struct lease_seen first = await_renewal((struct lease_seen){.till = 0}, 0);
    update(3, 4);
    struct lease_seen later = await_renewal(first, 1500);
    assert_string_equal(later.name, first.name);
    const char *will = redis_do(&server, "HGET sse:wills %s", first.name);
    assert_has(will,
               "1000 100 100 jobs/a {\"task\":\"a \\\"task\\\"\",\"state\":\"lost\",\"moved\":3");
    assert_has_not(will, "rate");
    redis_do(&server, "DEL sse:leases sse:wills");
    assert_string_equal(await_renewal(later, 0).name, first.name);
    redis_do(&server, "XTRIM sse:log:jobs/a MAXLEN 0"); /* as by many events of others */
    redis_do(&server, "HSET sse:last jobs/a 9999999999999-9");
    redis_do(&server, "DEL sse:leases sse:wills");
    assert_string_equal(await_renewal(later, 0).name, first.name);
    redis_kill(&server); /* and emptied by that */
    redis_start(&server);
    assert_string_equal(await_renewal(later, 500).name, first.name);
    assert_string_equal(redis_do(&server, "EXISTS sse:log:jobs/a"), "0"); /* without an event */
    assert_int_equal(end(0), 0);
    assert_string_equal(redis_do(&server, "EXISTS sse:leases sse:wills"), "0");
}

/* An error that is the lease's alone is no reason to say nothing else. */
static void lease_refused(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    redis_do(&server, "SET sse:leases x");
    capture_begin(&err, STDERR_FILENO);
    begin(1000, 5000);
    for (uint64_t i = 0; i < 20; i++) {
        update(i, 20);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    int result = end(0);
    capture_end(&err);
    assert_int_equal(result, 0);
    assert_has(redis_do(&server, "XREVRANGE sse:log:jobs/a + - COUNT 1"), "event done");
    const char *said = strstr(err.text, "nobody will be told if the job dies (said once)");
    assert_non_null(said);
    assert_null(strstr(said + 1, "nobody"));
}

/* Redis hangs: no call takes time; then it goes on, and all is there once. */
static void hung(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(10, 20000);
    kill(server.pid, SIGSTOP);
    uint64_t before = patience_now_ms();
    for (uint64_t i = 1; i <= 3000; i++) {
        update(i, 3000);
        reporter_log(reporter, "line", 4);
    }
    assert_true(patience_now_ms() - before < 2000);
    kill(server.pid, SIGCONT);
    assert_int_equal(end(1), 0);
    assert_has(redis_do(&server, "XREVRANGE sse:log:jobs/a + - COUNT 1"), "event failed");
    assert_has(redis_do(&server, "XREVRANGE sse:log:jobs/a + - COUNT 1"), "\"moved\":3000");
}

static void away(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    redis_kill(&server);
    capture_begin(&err, STDERR_FILENO);
    begin(10, 300);
    update(1, 2);
    uint64_t before = patience_now_ms();
    int result = end(0);
    uint64_t took = patience_now_ms() - before;
    capture_end(&err);
    assert_int_equal(result, -1);
    assert_in_range(took, 295, 2000);
    char said[AWAY_WORDS_MAX];
    away_words(said, &target.redis, strerror(ECONNREFUSED));
    assert_has(err.text, "sse-test: ");
    const char *away_said = strstr(err.text, said);
    assert_non_null(away_said);
    assert_has(away_said, "; the job goes on\n");
    assert_has(err.text, "sse-test: the end of jobs/a is not published: Redis at unix:");
}

static void stopped(UNUSED void **state)
{
    int stop_fd = eventfd(1, EFD_CLOEXEC);

    need_redis();
    redis_start(&server);
    redis_kill(&server);
    capture_begin(&err, STDERR_FILENO);
    begin(10, 60000);
    uint64_t before = patience_now_ms();
    int result = reporter_end(reporter, &(struct progress_end){.status = 0}, stop_fd);
    capture_end(&err);
    assert_int_equal(result, -1);
    assert_true(patience_now_ms() - before < 2000);
    assert_has(err.text, "the end of jobs/a is not published: a signal ended the waiting\n");
    close(stop_fd);
}

static void refused(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    redis_do(&server, "SET sse:log:jobs/a x");
    capture_begin(&err, STDERR_FILENO);
    begin(10, 60000);
    update(1, 2);
    uint64_t before = patience_now_ms();
    int result = end(0);
    capture_end(&err);
    assert_int_equal(result, -1);
    assert_true(patience_now_ms() - before < 5000); /* no use to wait */
    const char *said = strstr(err.text, "not published (said once): WRONGTYPE");
    assert_non_null(said);
    assert_null(strstr(said + 1, "not published (said once)")); /* once */
    assert_has(said, "sse-test: the end of jobs/a is not published: WRONGTYPE");
}

/* A password is wrong for good: said once, and the end waits for nothing. */
static void signed_out(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    redis_do(&server, "CONFIG SET requirepass x");
    capture_begin(&err, STDERR_FILENO);
    begin(10, 60000);
    update(1, 2);
    uint64_t before = patience_now_ms();
    int result = end(0);
    capture_end(&err);
    assert_int_equal(result, -1);
    assert_true(patience_now_ms() - before < 10000);
    assert_has(err.text, "not published (said once): NOAUTH");
    assert_has_not(err.text, "away");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(NULL, tear_down, sentence, function)
        CASE("start, lines, the newest progress and the end come in order", in_order),
        CASE("what was done before is no speed", kept),
        CASE("while it lives its lease does", leased),
        CASE("a lease that Redis refuses is said once", lease_refused),
        CASE("a hung Redis holds nothing up, and nothing is lost", hung),
        CASE("without Redis the end waits for the timeout", away),
        CASE("that waiting can be stopped", stopped),
        CASE("a password that is missing is said once", signed_out),
        CASE("what Redis refuses is said once and not waited for", refused),
    };

    signal(SIGPIPE, SIG_IGN); /* as the commands have it */
    return RUN_TESTS("reporter", tests);
}
