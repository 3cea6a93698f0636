/* ticker: beats, signals, and a Redis that comes and goes. */
#include "ticker.h"

#include "capture.h"
#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct target target;
static struct ticker ticker;
static struct capture err;

static int tear_down(UNUSED void **state)
{
    sigset_t all;

    ticker_deinit(&ticker);
    ticker_deinit(&ticker);
    redis_remove(&server);
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    return 0;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void begin_patient(uint32_t period_ms, uint32_t patience_ms, bool gives_up)
{
    target = (struct target){.keep = 100, .ttl_s = 100};
    target.redis.path = server.socket;
    keys_init(&target.keys, "sse:");
    ticker_deinit(&ticker);
    assert_int_equal(ticker_init(&ticker, "sse-test", &target, period_ms, patience_ms, gives_up),
                     0);
}

static void begin(uint32_t period_ms)
{
    begin_patient(period_ms, 0, false);
}

static void beats(UNUSED void **state)
{
    begin(20);
    uint64_t before = now_ms();
    for (int i = 0; i < 6; i++)
        assert_true(ticker_wait(&ticker)); /* the first one at once */
    assert_true(now_ms() - before >= 5 * 20 - 1);
}

/* After a pause beats are not made up for. */
static void no_burst(UNUSED void **state)
{
    begin(50);
    assert_true(ticker_wait(&ticker));
    ticker.due_ms -= 10000; /* as if we had been held up */
    assert_true(ticker_wait(&ticker));
    uint64_t before = now_ms();
    assert_true(ticker_wait(&ticker));
    assert_true(now_ms() - before >= 45);
}

static void signals_stop_it(UNUSED void **state)
{
    static const int SIGNALS[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < COUNT(SIGNALS); i++) {
        begin(3600000);
        assert_true(ticker_wait(&ticker));
        kill(getpid(), SIGNALS[i]);
        assert_false(ticker_wait(&ticker)); /* at once, not in an hour */
    }
}

/* Redis hangs: SIGTERM ends the waiting for it as well. */
static void signals_stop_publishing(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(1);
    ticker_publish(&ticker, "a", NULL, "x", 1);
    kill(server.pid, SIGSTOP);
    kill(getpid(), SIGTERM);
    uint64_t before = now_ms();
    for (int i = 0; i < 10; i++)
        ticker_publish(&ticker, "a", NULL, "x", 1);
    assert_true(now_ms() - before < 1000);
    assert_false(ticker_wait(&ticker));
    kill(server.pid, SIGCONT);
}

static void publishes(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(1);
    ticker_publish(&ticker, "jobs/a", "progress", "{\"a\":1}", 7);
    ticker_publish(&ticker, "clock", NULL, "the time", 8);
    assert_has(redis_do(&server, "XRANGE sse:log:jobs/a - +"), " event progress ");
    assert_has(redis_do(&server, "XRANGE sse:log:jobs/a - +"), "data {\"a\":1}");
    assert_has(redis_do(&server, "XRANGE sse:log:clock - +"), "data the time");
}

/* Publishes until that gets through. */
static void publish_until_there(const char *channel)
{
    uint64_t deadline = now_ms() + 20000;

    for (;;) {
        ticker_publish(&ticker, channel, NULL, "x", 1);
        if (strcmp(redis_do(&server, "EXISTS sse:log:%s", channel), "1") == 0)
            return;
        if (now_ms() > deadline)
            fail_msg("it never comes back");
    }
}

static void redis_goes_and_comes(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(1);
    publish_until_there("before");
    redis_kill(&server);
    capture_begin(&err, STDERR_FILENO);
    uint64_t before = now_ms();
    while (now_ms() - before < 500)
        ticker_publish(&ticker, "away", NULL, "x", 1);
    capture_end(&err);
    assert_has(err.text, "sse-test: Redis at unix:");
    assert_has(err.text, "--redis says where it is); it goes on trying (said once)\n");
    assert_ptr_equal(strchr(err.text, '\n'), err.text + strlen(err.text) - 1); /* said once */
    redis_start(&server);
    publish_until_there("after");
    assert_string_equal(redis_do(&server, "EXISTS sse:log:away"), "0"); /* dropped */
}

/* Where Redis is, and what is done about it; then that it is not done any more. */
static void patience_ends(UNUSED void **state)
{
    begin_patient(1, 50, true);
    target.redis.password = "secret";
    capture_begin(&err, STDERR_FILENO);
    assert_int_equal(ticker_publish(&ticker, "a", NULL, "x", 1), -1);
    capture_end(&err);
    target.redis.password = NULL;
    assert_has(err.text, "sse-test: Redis at unix:");
    assert_has(err.text, " (SSE_REDIS or --redis says where it is); trying again for 0.05 s\n"
                         "sse-test: given up after 0.05 s\n");
    assert_has_not(err.text, "goes on");
    assert_has_not(err.text, "secret");
}

/* Nobody gave up: it was told to stop. */
static void stopped_while_away(UNUSED void **state)
{
    begin_patient(1, 60000, true);
    kill(getpid(), SIGTERM);
    capture_begin(&err, STDERR_FILENO);
    assert_int_equal(ticker_publish(&ticker, "a", NULL, "x", 1), -1);
    capture_end(&err);
    assert_string_equal(err.text, "");
    assert_false(ticker_wait(&ticker)); /* takes the signal */
}

static void refused_is_said_once(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    begin(1);
    redis_do(&server, "SET sse:log:a x");
    capture_begin(&err, STDERR_FILENO);
    for (int i = 0; i < 5; i++)
        ticker_publish(&ticker, "a", NULL, "x", 1);
    capture_end(&err);
    assert_has(err.text, "sse-test: not published: WRONGTYPE");
    assert_ptr_equal(strchr(err.text, '\n'), err.text + strlen(err.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(NULL, tear_down, sentence, function)
        CASE("the first beat comes at once, then one a period", beats),
        CASE("beats that were missed are not made up for", no_burst),
        CASE("SIGTERM and SIGINT stop it at once", signals_stop_it),
        CASE("SIGTERM stops it while Redis hangs", signals_stop_publishing),
        CASE("it publishes", publishes),
        CASE("while Redis is away it drops, says so once, and comes back", redis_goes_and_comes),
        CASE("what Redis refuses is said once", refused_is_said_once),
        CASE("patience that is at its end is told, and where it was looked for", patience_ends),
        CASE("a signal that ends the waiting is no giving up", stopped_while_away),
    };

    signal(SIGPIPE, SIG_IGN); /* as the commands have it */
    return RUN_TESTS("ticker", tests);
}
