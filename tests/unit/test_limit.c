/* limit: how many streams may be open, and what is said when there are more. */
#include "limit.h"

#include <sys/resource.h>

#include "alloc.h"
#include "capture.h"
#include "core/log.h"
#include "loop.h"
#include "test.h"

static struct test_loop loop;
static struct config config;
static struct limit *limit;
static struct capture capture;

static int set_up(UNUSED void **state)
{
    config = (struct config){0};
    loop_open(&loop);
    limit = limit_new(&loop.loop, &config);
    assert_non_null(limit);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    limit_free(limit);
    loop_close(&loop);
    return 0;
}

static void of_descriptors(UNUSED void **state)
{
    assert_int_equal(limit_of_descriptors(0), 0);
    assert_int_equal(limit_of_descriptors(30), 0);
    assert_int_equal(limit_of_descriptors(64), 28);
    assert_int_equal(limit_of_descriptors(256), 208);
    assert_int_equal(limit_of_descriptors(1024), 928);
    assert_int_equal(limit_of_descriptors(20000), 18976);
    for (size_t n = 1; n < 100000; n++) /* more descriptors, never fewer streams */
        assert_true(limit_of_descriptors(n) >= limit_of_descriptors(n - 1));
}

static void follows_the_process(UNUSED void **state)
{
    struct rlimit before, lower;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    size_t possible = limit_streams(limit);
    lower = before;
    lower.rlim_cur = 256;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &lower), 0);
    assert_int_equal(limit_streams(limit), 208);
    assert_int_equal(limit_waiting(208), 8);
    assert_int_equal(limit_waiting(0), 112);
    assert_int_equal(limit_waiting(300), 4);
    config.max_streams = 100;
    assert_int_equal(limit_streams(limit), 100);
    config.max_streams = 1000;
    assert_int_equal(limit_streams(limit), 208);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    config.max_streams = 0;
    assert_int_equal(limit_streams(limit), possible);
    assert_true(possible > 208);
    assert_in_range(limit_waiting(0), 113, 1024);
}

static bool has_second_line(UNUSED void *context)
{
    char bytes[1000];

    if (recv(capture.from, bytes, sizeof bytes, MSG_DONTWAIT) <= 0)
        return false;
    assert_has(bytes, "limit streams=8 turned_away=3");
    return true;
}

/* The first is told at once, the others together a second later. */
static void once_a_second(UNUSED void **state)
{
    char bytes[1000] = "";

    log_init("test", LOG_WARNING);
    capture_begin(&capture, STDERR_FILENO);
    uint64_t began = uv_hrtime();
    limit_turned_away(limit, 7);
    limit_turned_away(limit, 7);
    limit_turned_away(limit, 8);
    assert_true(recv(capture.from, bytes, sizeof bytes, MSG_DONTWAIT) > 0);
    loop_wait(&loop, has_second_line, NULL);
    assert_true(uv_hrtime() - began >= 990000000);
    capture_end(&capture);
    assert_int_equal(capture.len, 0);
    assert_has(bytes, "limit streams=7 turned_away=1\n");
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_at(1);
    assert_null(limit_new(&loop.loop, &config));
    assert_true(alloc_fail_never());
    limit_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("some descriptors are not for streams", of_descriptors),
        CASE("it is what is configured, or what the process may have now", follows_the_process),
        CASE("it is said at once, then once a second", once_a_second),
        CASE("without memory there is none", without_memory),
    };

    return RUN_TESTS("limit", tests);
}
