/* held: events that wait, in order. */
#include "held.h"

#include "alloc.h"
#include "test.h"

static void in_order(UNUSED void **state)
{
    struct record *records[3] = {record_new_output("a", 1), record_new_output("bb", 2),
                                 record_new_output("ccc", 3)};
    const size_t behind[] = {0, 10, 21};
    struct event_id id;
    struct held held;

    held_init(&held);
    assert_null(held_take(&held, &id));
    assert_int_equal(held_bytes_behind(&held), 0);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(held_add(&held, (struct event_id){i, 7}, records[i]), 0);
        assert_int_equal(held_bytes_behind(&held), behind[i]);
        assert_int_equal(records[i]->refs, 2);
    }
    for (uint64_t i = 0; i < 3; i++) {
        struct record *record = held_take(&held, &id);
        assert_ptr_equal(record, records[i]);
        assert_int_equal(event_id_compare(id, (struct event_id){i, 7}), 0);
        assert_int_equal(held_bytes_behind(&held), i == 0 ? 11 : 0);
        record_unref(record);
        record_unref(records[i]);
    }
    assert_null(held_take(&held, &id));
}

static void drop(UNUSED void **state)
{
    struct record *record = record_new_output("a", 1);
    struct held held;

    held_init(&held);
    held_drop(&held);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++)
            held_add(&held, (struct event_id){0, 0}, record);
        assert_int_equal(record->refs, 101);
        held_drop(&held);
        assert_int_equal(record->refs, 1);
        assert_int_equal(held_bytes_behind(&held), 0);
    }
    record_unref(record);
}

static void without_memory(UNUSED void **state)
{
    struct record *record = record_new_output("a", 1);
    struct held held;

    held_init(&held);
    held_add(&held, (struct event_id){1, 1}, record);
    alloc_fail_at(1);
    assert_int_equal(held_add(&held, (struct event_id){2, 2}, record), -1);
    assert_true(alloc_fail_never());
    assert_int_equal(record->refs, 2);
    assert_int_equal(held_bytes_behind(&held), 0);
    held_drop(&held);
    record_unref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("events leave in the order in which they came", in_order),
        TEST("dropping lets go of all", drop),
        TEST("without memory an add changes nothing", without_memory),
    };

    return RUN_TESTS("held", tests);
}
