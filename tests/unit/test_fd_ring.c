/* fd_ring: order, room, and wrapping. */
#include "fd_ring.h"

#include "test.h"

static void in_order(UNUSED void **state)
{
    struct fd_ring ring = {0};

    assert_int_equal(fd_ring_take(&ring), -1);
    for (int fd = 0; fd < FD_RING_MAX; fd++) {
        assert_false(fd_ring_is_full(&ring));
        fd_ring_put(&ring, fd);
    }
    assert_true(fd_ring_is_full(&ring));
    for (int fd = 0; fd < FD_RING_MAX; fd++)
        assert_int_equal(fd_ring_take(&ring), fd);
    assert_int_equal(fd_ring_take(&ring), -1);
}

static void put_back(UNUSED void **state)
{
    struct fd_ring ring = {0};

    fd_ring_put_back(&ring, 1); /* before the first position */
    fd_ring_put(&ring, 2);
    assert_int_equal(fd_ring_take(&ring), 1);
    fd_ring_put_back(&ring, 1);
    fd_ring_put(&ring, 3);
    for (int fd = 1; fd <= 3; fd++)
        assert_int_equal(fd_ring_take(&ring), fd);
    assert_int_equal(fd_ring_take(&ring), -1);
}

/* Against a count: what goes in comes out in order, for much longer than the ring is. */
static void wraps(UNUSED void **state)
{
    struct fd_ring ring = {0};
    int in = 0, out = 0;
    uint64_t seed = 5;

    while (out < 20 * FD_RING_MAX) {
        bool puts = next_random(&seed) % 2 == 0;
        if (puts && in - out < FD_RING_MAX)
            fd_ring_put(&ring, in++);
        else if (!puts && out < in)
            assert_int_equal(fd_ring_take(&ring), out++);
        assert_int_equal(ring.count, in - out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("first in, first out, up to its size", in_order),
        TEST("what is put back is first", put_back),
        TEST("it wraps", wraps),
    };

    return RUN_TESTS("fd_ring", tests);
}
