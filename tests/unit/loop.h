/* A real libuv loop for one test: turns, waiting for a condition, and a clean end. */
#ifndef SSE_TEST_LOOP_H
#define SSE_TEST_LOOP_H

#include <uv.h>

#include "test.h"

#define WAIT_S 20 /* after which a condition will never be met; far more than any takes */

struct test_loop {
    uv_loop_t loop;
    uv_timer_t beat; /* so that conditions outside of the loop are looked at, too */
};

static inline void on_beat(uv_timer_t *timer)
{
    (void)timer;
}

static inline void loop_open(struct test_loop *test)
{
    assert_int_equal(uv_loop_init(&test->loop), 0);
    uv_timer_init(&test->loop, &test->beat);
}

/* One turn of the loop, which waits for nothing. */
static inline void loop_turn(struct test_loop *test)
{
    uv_run(&test->loop, UV_RUN_NOWAIT);
}

/* Turns the loop until the condition is met; fails the test if that takes too long. */
static inline void loop_wait(struct test_loop *test, bool (*is_met)(void *context), void *context)
{
    uint64_t deadline = uv_hrtime() + (uint64_t)WAIT_S * 1000000000;

    uv_timer_start(&test->beat, on_beat, 1, 1);
    while (!is_met(context)) {
        if (uv_hrtime() > deadline)
            fail_msg("waited %d s in vain", WAIT_S);
        uv_run(&test->loop, UV_RUN_ONCE);
    }
    uv_timer_stop(&test->beat);
}

/* Everything of the test's must be closing by now. */
static inline void loop_close(struct test_loop *test)
{
    uv_close((uv_handle_t *)&test->beat, NULL);
    while (uv_run(&test->loop, UV_RUN_NOWAIT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&test->loop), 0);
}

/* What libuv makes once and keeps, before descriptors are counted. */
static inline void loop_warm_up(void)
{
    uv_loop_t loop;

    uv_loop_init(&loop);
    uv_loop_close(&loop);
}

#endif
