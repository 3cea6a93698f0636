/* rate: how fast something grows. */
#include "rate.h"

#include "test.h"

static void assert_near(double value, double wanted, double off)
{
    if (value < wanted - off || value > wanted + off)
        fail_msg("%g is not %g", value, wanted);
}

static void steady(UNUSED void **state)
{
    struct rate rate = {0};

    rate_add(&rate, 1000, 0);
    assert_near(rate_per_second(&rate), 0, 0);
    for (int i = 1; i < 100; i++) {
        rate_add(&rate, 1000 + (uint64_t)i * 100, i * 50);
        assert_near(rate_per_second(&rate), i < 5 ? 0 : 500, 0.001);
    }
}

/* 0.5 a second, told at odd moments, of something that was far when it was first heard of. */
static void uneven(UNUSED void **state)
{
    static const uint64_t TOLD_MS[] = {2000, 2001, 2003, 2100, 5100, 5101, 9000, 90000};
    struct rate rate = {0};

    rate_add(&rate, 0, 10);
    for (size_t i = 0; i < COUNT(TOLD_MS); i++) {
        rate_add(&rate, TOLD_MS[i], 10 + (double)TOLD_MS[i] / 2000);
        assert_near(rate_per_second(&rate), 0.5, 0.001);
    }
}

/* What was there at the start and is told a moment later is no speed. */
static void too_soon(UNUSED void **state)
{
    struct rate rate = {0};

    rate_add(&rate, 7000, 0);
    rate_add(&rate, 7001, 10);
    assert_near(rate_per_second(&rate), 0, 0);
    rate_add(&rate, 7499, 11);
    assert_near(rate_per_second(&rate), 0, 0);
    rate_add(&rate, 7500, 11);
    assert_in_range(rate_per_second(&rate), 15, 30);
}

static void same_moment(UNUSED void **state)
{
    struct rate rate = {0};

    rate_add(&rate, 1000, 0);
    rate_add(&rate, 1000, 10);
    rate_add(&rate, 1000, 20);
    rate_add(&rate, 2000, 30);
    assert_near(rate_per_second(&rate), 30, 0.001);
}

static void change(UNUSED void **state)
{
    struct rate rate = {0};
    double value = 0;
    uint64_t now = 0;

    for (; now < 60000; now += 100, value += 10) /* 100 a second */
        rate_add(&rate, now, value);
    rate_add(&rate, now, value += 1000); /* one jump is no new speed */
    assert_near(rate_per_second(&rate), 300, 150);
    for (uint64_t end = now + 60000; now < end; now += 100, value += 100)
        rate_add(&rate, now, value);
    assert_near(rate_per_second(&rate), 1000, 10);
    for (uint64_t end = now + 60000; now < end; now += 100)
        rate_add(&rate, now, value);
    assert_near(rate_per_second(&rate), 0, 1); /* it stands still */
}

static void shrunk(UNUSED void **state)
{
    struct rate rate = {0};

    rate_add(&rate, 0, 0);
    rate_add(&rate, 1000, 100);
    rate_add(&rate, 2000, 0);
    assert_near(rate_per_second(&rate), 0, 0);
    rate_add(&rate, 3000, 7);
    assert_near(rate_per_second(&rate), 7, 0.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a steady speed is known after half a second", steady),
        TEST("uneven steps from where it was first seen make the true speed", uneven),
        TEST("before half a second there is none", too_soon),
        TEST("steps of one moment count as one", same_moment),
        TEST("a jump is smoothed, a new speed comes through", change),
        TEST("what shrinks begins anew", shrunk),
    };

    return RUN_TESTS("rate", tests);
}
