/* age: streams end when they are old, on a real loop. */
#include "age.h"

#include "alloc.h"
#include "core/log.h"
#include "loop.h"
#include "peer.h"
#include "test.h"

static struct test_loop loop;
static struct config config;
static struct streams *streams;
static struct ages *ages;
static size_t closed;

static void on_closed(UNUSED void *context, UNUSED struct stream *stream, UNUSED void *member)
{
    closed++;
}

static void open_all(uint32_t max_age_ms)
{
    closed = 0;
    config = (struct config){.heartbeat_ms = 3600000, .max_age_ms = max_age_ms};
    loop_open(&loop);
    streams = streams_new(&loop.loop, &config, on_closed, NULL, NULL);
    ages = ages_new(&loop.loop, &config, streams);
    assert_non_null(ages);
}

static void close_all(void)
{
    streams_close_all(streams, "the test is over");
    ages_free(ages);
    streams_free(streams);
    loop_close(&loop);
}

static struct stream *open_one(struct peer *peer)
{
    uv_update_time(&loop.loop);
    struct stream *stream = stream_new(streams, peer_open(peer, SOCK_STREAM, 1), 1);
    assert_non_null(stream);
    ages_watch(ages);
    return stream;
}

static void spread(UNUSED void **state)
{
    uint32_t least = UINT32_MAX, most = 0;
    size_t below_middle = 0;

    for (uint64_t number = 1; number <= 10000; number++) {
        uint32_t limit = age_limit_ms(1000000, number, 7);
        least = limit < least ? limit : least;
        most = limit > most ? limit : most;
        below_middle += limit < 875000;
        assert_int_equal(limit, age_limit_ms(1000000, number, 7));
    }
    assert_in_range(least, 750000 - 1, 755000);
    assert_in_range(most, 995000, 1000000);
    assert_in_range(below_middle, 4700, 5300);
    assert_int_not_equal(age_limit_ms(1000000, 1, 7), age_limit_ms(1000000, 1, 8));
    assert_in_range(age_limit_ms(UINT32_MAX, 3, 1), UINT32_MAX / 4 * 3, UINT32_MAX);
}

static bool are_closed(void *count)
{
    return closed >= *(size_t *)count;
}

static void old_ones_end(UNUSED void **state)
{
    struct peer old, young;
    size_t one = 1, two = 2;

    open_all(2000);
    open_one(&old);
    uint64_t began = uv_hrtime();
    while (uv_hrtime() - began < 600000000) /* the age of the first is of the essence */
        uv_run(&loop.loop, UV_RUN_ONCE);
    struct stream *second = open_one(&young);
    loop_wait(&loop, are_closed, &one);
    uint64_t took_ms = (uv_hrtime() - began) / 1000000;
    assert_in_range(took_ms, 1499, 2000 + 1000); /* the machine may be busy */
    peer_read(&old);
    assert_true(old.answer.ended && old.is_at_end);
    assert_true(stream_age_ms(second) < 2000);
    loop_wait(&loop, are_closed, &two);
    assert_true((uv_hrtime() - began) / 1000000 >= 600 + 1499);
    peer_read(&young);
    assert_true(young.answer.ended);
    close_all();
    peer_close(&old);
    peer_close(&young);
}

/* With nobody there the loop sleeps: what is left is a heartbeat's timer, an hour from now. */
static bool sleeps(void)
{
    return closed > 0 && uv_backend_timeout(&loop.loop) > 1000;
}

static void sleeps_alone(UNUSED void **state)
{
    struct peer peer;

    open_all(1000);
    loop_turn(&loop);
    assert_int_equal(uv_backend_timeout(&loop.loop), -1);
    open_one(&peer);
    assert_in_range(uv_backend_timeout(&loop.loop), 0, 20);
    close(peer.fd);
    peer.fd = -1;
    uint64_t began = uv_hrtime();
    while (!sleeps()) {
        assert_true(uv_hrtime() - began < (uint64_t)WAIT_S * 1000000000);
        uv_run(&loop.loop, UV_RUN_ONCE);
    }
    close_all();
    peer_close(&peer);
}

static void never(UNUSED void **state)
{
    struct peer peer;

    open_all(0);
    open_one(&peer);
    for (int i = 0; i < 3; i++)
        loop_turn(&loop);
    assert_int_equal(closed, 0);
    assert_true(uv_backend_timeout(&loop.loop) > 1000); /* the heartbeat only */
    close_all();
    peer_close(&peer);
}

static void without_memory(UNUSED void **state)
{
    open_all(1000);
    alloc_fail_at(1);
    assert_null(ages_new(&loop.loop, &config, streams));
    assert_true(alloc_fail_never());
    ages_free(NULL);
    close_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("limits are spread over a quarter of the age", spread),
        TEST("old streams end, young ones stay", old_ones_end),
        TEST("without streams no timer runs", sleeps_alone),
        TEST("an age of 0 is for ever", never),
        TEST("without memory there is none", without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("age", tests);
}
