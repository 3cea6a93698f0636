/* held: events that wait, in order. */
#include "held.h"

#include "alloc.h"
#include "test.h"

static struct broadcast *make(const char *data)
{
    const char *why;
    struct broadcast *event = broadcast_new_live("a", data, strlen(data), 1000, &why);

    assert_non_null(event);
    return event;
}

static void in_order(UNUSED void **state)
{
    struct broadcast *events[3] = {make("a"), make("bb"), make("ccc")};
    struct held held;

    held_init(&held);
    assert_null(held_take(&held));
    assert_int_equal(held_bytes_behind(&held), 0);
    for (size_t i = 0, behind = 0; i < 3; i++) {
        assert_int_equal(held_add(&held, events[i]), 0);
        behind += i > 0 ? events[i]->size : 0;
        assert_int_equal(held_bytes_behind(&held), behind);
        assert_int_equal(events[i]->refs, 2);
    }
    for (size_t i = 0; i < 3; i++) {
        struct broadcast *event = held_take(&held);
        assert_ptr_equal(event, events[i]);
        assert_int_equal(held_bytes_behind(&held), i == 0 ? events[2]->size : 0);
        broadcast_unref(event);
        broadcast_unref(events[i]);
    }
    assert_null(held_take(&held));
}

static void drop(UNUSED void **state)
{
    struct broadcast *event = make("a");
    struct held held;

    held_init(&held);
    held_drop(&held);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++)
            held_add(&held, event);
        assert_int_equal(event->refs, 101);
        held_drop(&held);
        assert_int_equal(event->refs, 1);
        assert_int_equal(held_bytes_behind(&held), 0);
    }
    broadcast_unref(event);
}

static void without_memory(UNUSED void **state)
{
    struct broadcast *event = make("a");
    struct held held;

    held_init(&held);
    held_add(&held, event);
    alloc_fail_at(1);
    assert_int_equal(held_add(&held, event), -1);
    assert_true(alloc_fail_never());
    assert_int_equal(event->refs, 2);
    assert_int_equal(held_bytes_behind(&held), 0);
    held_drop(&held);
    broadcast_unref(event);
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
