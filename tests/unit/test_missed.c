/* missed: what a stream of all channels did not get, counted by ids. */
#include "missed.h"

#include "test.h"

static struct event_id id(uint64_t ms, uint64_t seq)
{
    return (struct event_id){ms, seq};
}

static void counts(UNUSED void **state)
{
    struct missed missed = {0};

    missed_from(&missed, id(100, 7));
    missed_pass(&missed, id(101, 8), true);
    missed_pass(&missed, id(105, 9), true);
    assert_int_equal(missed_take(&missed, id(105, 9)), 0);
    assert_int_equal(missed_take(&missed, id(110, 12)), 3);
    assert_int_equal(missed_take(&missed, id(110, 12)), 0);
}

/* Of two channels, one of which has lost events that lie between those of the other. */
static void between_others(UNUSED void **state)
{
    struct missed missed = {0};

    missed_from(&missed, id(100, 7));
    missed_pass(&missed, id(101, 9), true);
    missed_pass(&missed, id(102, 12), true);
    assert_int_equal(missed_take(&missed, id(103, 13)), 4);
    missed_pass(&missed, id(104, 14), true);
    assert_int_equal(missed_take(&missed, id(105, 15)), 1);
}

static void refused(UNUSED void **state)
{
    struct missed missed = {0};

    missed_from(&missed, id(100, 7));
    missed_pass(&missed, id(101, 8), false);
    missed_pass(&missed, id(101, 8), true); /* comes again, and late */
    missed_pass(&missed, id(100, 3), true);
    assert_int_equal(missed_take(&missed, id(102, 9)), 2);
}

static void unknown(UNUSED void **state)
{
    struct missed missed = {0};

    missed_pass(&missed, id(101, 8), true);
    assert_int_equal(missed_take(&missed, id(109, 20)), 0);
    missed_from(&missed, id(109, 20));
    assert_int_equal(missed_take(&missed, id(120, 4)), 0); /* no clock gives that */
    assert_int_equal(missed_take(&missed, id(121, 5)), 1);
}

static void resumed(UNUSED void **state)
{
    struct missed made_up = {0}, real = {0}, first = {0};

    missed_resume(&made_up, id(100, 0), id(90, 0));
    assert_int_equal(missed_take(&made_up, id(109, 20)), 0);
    missed_resume(&real, id(100, 7), id(90, 0));
    missed_resume(&real, id(101, 8), id(90, 0)); /* it is known from where on */
    assert_int_equal(missed_take(&real, id(109, 20)), 13);
    missed_resume(&first, id(90, 0), id(90, 0));
    assert_int_equal(missed_take(&first, id(109, 20)), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is passed and not sent was missed", counts),
        TEST("also where it lies between events of other channels", between_others),
        TEST("an event that is passed and refused, too, and once", refused),
        TEST("a cursor is counted from, unless somebody made it up", resumed),
        TEST("without a place to count from nothing is known", unknown),
    };

    return RUN_TESTS("missed", tests);
}
