/* The publish script of core/keys, with a real Redis: what a publish does about a lease. */
#include "core/keys.h"

#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct keys keys;

static int set_up(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    keys_init(&keys, "sse:");
    return 0;
}

static int tear_down(UNUSED void **state)
{
    redis_remove(&server);
    return 0;
}

/* Publishes `data` on channel a, or nothing if that is NULL. Returns what Redis answers, elements
 * with spaces between; valid until the next call but three. */
static const char *run(enum keys_lease_deed deed, uint32_t ms, const char *nonce, const char *floor,
                       const char *data)
{
    static char texts[4][4096];
    static int turn;
    const struct keys_publish publish = {
        .channel = "a",
        .event = "e",
        .data = data,
        .data_len = data != NULL ? strlen(data) : 0,
        .nonce = nonce,
        .floor = floor,
        .keep = 1000,
        .ttl_s = 100,
        .lease = {
            .deed = deed, .name = "l", .name_len = 1, .ms = ms, .will = "will", .will_len = 4}};
    struct keys_command command;
    char *text = texts[turn++ % 4];

    keys_command_publish(&command, &keys, &publish, NULL);
    assert_true(command.argc <= KEYS_ARGC_MAX);
    redisReply *reply =
        redisCommandArgv(server.redis, command.argc, command.argv, command.argv_len);
    redis_describe(text, sizeof texts[0], reply);
    freeReplyObject(reply);
    return text;
}

/* Waits, and fails the test if that takes too long, until the lease has run out. */
static void await_run_out(void)
{
    double till = atof(redis_do(&server, "ZSCORE sse:leases l"));
    uintmax_t seconds, us;

    for (int i = 0; i < 20000; i++) {
        sscanf(redis_do(&server, "TIME"), "%ju %ju", &seconds, &us);
        if ((double)seconds * 1000 + (double)us / 1000 > till + 1)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    fail_msg("it never runs out");
}

static void assert_log(const char *length)
{
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), length);
}

static void assert_lease(bool is_there)
{
    assert_string_equal(redis_do(&server, "ZCARD sse:leases"), is_there ? "1" : "0");
    assert_string_equal(redis_do(&server, "HGETALL sse:wills"), is_there ? "l will" : "");
}

static void renewed(UNUSED void **state)
{
    const char *first = run(KEYS_RENEW, 5000, "n1", "0-0", "x");
    uintmax_t ms;

    assert_int_equal(sscanf(first, "%ju-", &ms), 1);
    assert_lease(true);
    double till = atof(redis_do(&server, "ZSCORE sse:leases l"));
    assert_true(till > (double)ms + 4900 && till < (double)ms + 6000); /* an id is ahead of time */
    run(KEYS_RENEW, 60000, "n2", "0-0", "y");
    assert_true(atof(redis_do(&server, "ZSCORE sse:leases l")) > till + 50000);
    assert_log("2");
    run(KEYS_RENEW, 5000, "n2", "0-0", "y"); /* is there already */
    assert_true(atof(redis_do(&server, "ZSCORE sse:leases l")) < till + 50000);
    assert_log("2");
    assert_null(strstr(redis_do(&server, "XRANGE sse:log:a - +"), "lease"));
}

static void renewed_alone(UNUSED void **state)
{
    run(KEYS_RENEW, 5000, "n1", "0-0", "x");
    char newest[50];
    strcpy(newest, redis_do(&server, "HGET sse:clock last"));
    assert_string_equal(run(KEYS_RENEW, 60000, NULL, newest, NULL), newest);
    assert_lease(true);
    assert_log("1");
    redis_do(&server, "FLUSHALL");
    run(KEYS_RENEW, 5000, NULL, newest, NULL);
    assert_lease(true);
    assert_log("0");
}

static void released(UNUSED void **state)
{
    run(KEYS_RENEW, 5000, "n1", "0-0", "x");
    char id[50];
    sscanf(run(KEYS_RELEASE, 0, "n2", "0-0", "end"), "%49s", id);
    assert_lease(false);
    assert_has(redis_do(&server, "XREVRANGE sse:log:a + - COUNT 1"), "lease l nonce n2 data end");
    run(KEYS_RENEW, 5000, "n3", id, "the next life");
    assert_lease(true);
    assert_string_equal(run(KEYS_RELEASE, 0, "n2", "0-0", "end"), id);
    assert_lease(false); /* also when the end is there already */
    assert_log("3");
}

/* A renewal that a slow network held up until the job was over. */
static void renewed_too_late(UNUSED void **state)
{
    char floor[50];

    sscanf(run(KEYS_RENEW, 5000, "n1", "0-0", "x"), "%49s", floor);
    run(KEYS_RELEASE, 0, "n3", floor, "end");
    run(KEYS_RENEW, 5000, NULL, floor, NULL);
    assert_lease(false);
    run(KEYS_RENEW, 5000, "n1", "0-0", "x");
    assert_lease(false);
    run(KEYS_RENEW, 5000, "n2", floor, "x");
    assert_lease(false);
}

/* The same when the log has been trimmed since: nothing says any more that the job is over. */
static void renewed_far_too_late(UNUSED void **state)
{
    char floor[50], answer[60];

    sscanf(run(KEYS_RENEW, 5000, "n1", "0-0", "x"), "%49s", floor);
    run(KEYS_RENEW, 5000, "n2", floor, "y");
    redis_do(&server, "XTRIM sse:log:a MAXLEN 0");
    run(KEYS_RENEW, 60000, NULL, floor, NULL);
    assert_true(atof(redis_do(&server, "ZSCORE sse:leases l")) > strtod(floor, NULL) + 50000);
    run(KEYS_RELEASE, 0, "n3", floor, "end"); /* not known, so not done */
    assert_lease(true);
    run(KEYS_RELEASE, 0, "n4", redis_do(&server, "HGET sse:clock last"), "end");
    assert_lease(false);
    redis_do(&server, "XTRIM sse:log:a MAXLEN 0");
    snprintf(answer, sizeof answer, "  %s", redis_do(&server, "HGET sse:clock last"));
    assert_string_equal(run(KEYS_RENEW, 5000, NULL, floor, NULL), answer);
    assert_lease(false);
    run(KEYS_RENEW, 5000, NULL, answer + 2, NULL); /* who lives asks again, by the floor it got */
    assert_lease(true);
}

static void claimed(UNUSED void **state)
{
    run(KEYS_RENEW, 10, "n1", "0-0", "x");
    await_run_out();
    const char *answer = run(KEYS_CLAIM, 0, NULL, NULL, "lost");
    assert_has(answer, "-2 0");
    assert_lease(false);
    assert_string_equal(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "");
    assert_log("2");
}

static void not_to_be_claimed(UNUSED void **state)
{
    assert_string_equal(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "");
    run(KEYS_RENEW, 60000, "n1", "0-0", "x");
    assert_string_equal(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "");
    run(KEYS_RENEW, 10, "n2", "0-0", "y");
    await_run_out();
    run(KEYS_RENEW, 60000, NULL, "0-0", NULL);
    assert_string_equal(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "");
    assert_lease(true);
    redis_do(&server, "ZADD sse:leases inf l");
    assert_string_equal(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "");
    assert_log("2");
}

/* What cannot be removed is not published: it would be again and again. */
static void claim_refused(UNUSED void **state)
{
    static const char *const COMMANDS[] = {"zadd", "zrem", "hdel", "zscore", "xadd"};

    run(KEYS_RENEW, 10, "n1", "0-0", "x");
    await_run_out();
    redis_do(&server, "ACL SETUSER u on >pw ~* &* +@all");
    for (size_t i = 0; i < COUNT(COMMANDS); i++) {
        redis_do(&server, "AUTH default %s", "");
        redis_do(&server, "ACL SETUSER u +@all -%s", COMMANDS[i]);
        redis_do(&server, "AUTH u pw");
        assert_true(strlen(run(KEYS_CLAIM, 0, NULL, NULL, "lost")) > 10); /* words that vary */
        redis_do(&server, "AUTH default %s", "");
        assert_lease(true);
        assert_log("1");
    }
    run(KEYS_CLAIM, 0, NULL, NULL, "lost");
    assert_lease(false);
    assert_log("2");
}

/* The event counts more. */
static void renewal_refused(UNUSED void **state)
{
    redis_do(&server, "SET sse:leases x");
    assert_has(run(KEYS_RENEW, 5000, "n1", "0-0", "x"), " 0 WRONGTYPE");
    assert_has(run(KEYS_RENEW, 5000, NULL, "0-0", NULL), " WRONGTYPE");
    assert_string_equal(redis_do(&server, "EXISTS sse:wills"), "0");
    assert_has(run(KEYS_RELEASE, 0, "n2", "0-0", "end"), " 0");
    redis_do(&server, "DEL sse:leases");
    redis_do(&server, "SET sse:wills x");
    assert_has(run(KEYS_RENEW, 5000, "n3", redis_do(&server, "HGET sse:clock last"), "x"),
               " 0 WRONGTYPE");
    assert_string_equal(redis_do(&server, "EXISTS sse:leases"), "0");
    assert_log("3");
}

/* A Redis without memory takes no renewal, so it must not take what would follow from that. */
static void without_memory(UNUSED void **state)
{
    run(KEYS_RENEW, 10, "n1", "0-0", "x");
    await_run_out();
    redis_do(&server, "CONFIG SET maxmemory 1");
    assert_has(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "OOM");
    assert_has(run(KEYS_RENEW, 5000, "n2", "0-0", "y"), "OOM");
    assert_has(run(KEYS_RENEW, 5000, NULL, "0-0", NULL), "OOM");
    redis_do(&server, "CONFIG SET maxmemory 0");
    assert_lease(true);
    assert_log("1");
    assert_has(run(KEYS_CLAIM, 0, NULL, NULL, "lost"), "-2 0");
    assert_lease(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("an event renews the lease, new or there already", renewed),
        CASE("without an event it is renewed, or made again", renewed_alone),
        CASE("the end removes it, and stays known by it", released),
        CASE("what comes too late renews nothing", renewed_too_late),
        CASE("nor does it when the log has forgotten the end", renewed_far_too_late),
        CASE("what has run out is claimed once", claimed),
        CASE("what has not is not", not_to_be_claimed),
        CASE("a claim that Redis refuses in part changes nothing", claim_refused),
        CASE("an event is published whatever becomes of the lease", renewal_refused),
        CASE("without memory nothing is renewed, and nothing claimed", without_memory),
    };

    return RUN_TESTS("lease_script", tests);
}
