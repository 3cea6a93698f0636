/* core/backoff: bounds of delays. */
#include "core/backoff.h"

#include "test.h"

static void doubles_up_to_most(UNUSED void **state)
{
    struct backoff backoff = {.first_ms = 100, .most_ms = 1000};
    const uint32_t bounds[] = {100, 200, 400, 800, 1000, 1000, 1000};

    for (size_t i = 0; i < COUNT(bounds); i++)
        assert_int_equal(backoff_next(&backoff, UINT32_MAX), bounds[i]);
}

static void random_chooses_within_bound(UNUSED void **state)
{
    uint64_t seed = 1;

    for (int i = 0; i < 100000; i++) {
        struct backoff backoff = {.first_ms = 100, .most_ms = 1000, .bound_ms = 400};
        assert_in_range(backoff_next(&backoff, next_random(&seed)), 1, 400);
    }
    struct backoff least = {.first_ms = 100, .most_ms = 1000};
    assert_int_equal(backoff_next(&least, 0), 1);
    struct backoff middle = {.first_ms = 100, .most_ms = 1000};
    assert_int_equal(backoff_next(&middle, 1u << 31), 51);
}

static void reset_starts_again(UNUSED void **state)
{
    struct backoff backoff = {.first_ms = 100, .most_ms = 1000};

    for (int i = 0; i < 10; i++)
        backoff_next(&backoff, 0);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next(&backoff, UINT32_MAX), 100);
    assert_int_equal(backoff_next(&backoff, UINT32_MAX), 200);
}

static void extremes(UNUSED void **state)
{
    struct backoff zero = {0}, large = {.first_ms = UINT32_MAX, .most_ms = UINT32_MAX};
    struct backoff upside_down = {.first_ms = 500, .most_ms = 100};

    assert_int_equal(backoff_next(&zero, UINT32_MAX), 1);
    assert_int_equal(backoff_next(&zero, UINT32_MAX), 1);
    assert_int_equal(backoff_next(&large, UINT32_MAX), UINT32_MAX);
    assert_int_equal(backoff_next(&large, UINT32_MAX), UINT32_MAX);
    assert_int_equal(backoff_next(&upside_down, UINT32_MAX), 100);
}

static void jitter_adds_up_to_half(UNUSED void **state)
{
    uint64_t seed = 2;

    assert_int_equal(backoff_jitter(2000, 0), 2000);
    assert_int_equal(backoff_jitter(2000, UINT32_MAX), 3000);
    assert_int_equal(backoff_jitter(0, UINT32_MAX), 0);
    assert_int_equal(backoff_jitter(1, UINT32_MAX), 1);
    for (int i = 0; i < 100000; i++)
        assert_in_range(backoff_jitter(2000, next_random(&seed)), 2000, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("the bound doubles up to the most", doubles_up_to_most),
        TEST("a delay is 1 to the bound", random_chooses_within_bound),
        TEST("after a reset the next delay is a first one", reset_starts_again),
        TEST("bounds of 0, of all bits, and upside down give delays", extremes),
        TEST("jitter is the base and up to half of it", jitter_adds_up_to_half),
    };

    return RUN_TESTS("backoff", tests);
}
