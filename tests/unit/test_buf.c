/* core/buf: growth, limit, and what stays when something fails. */
#include "core/buf.h"

#include "alloc.h"
#include "test.h"

static void empty_holds_nothing(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 10);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, 0);
    assert_int_equal(buf_add(&buf, NULL, 0), 0);
    assert_null(buf.data);
    buf_deinit(&buf);
}

static void adds_in_order(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 1000);
    assert_int_equal(buf_add(&buf, "a\0b", 3), 0);
    assert_int_equal(buf_adds(&buf, "cd"), 0);
    assert_int_equal(buf_addf(&buf, "-%d-%s", 7, "x"), 0);
    assert_int_equal(buf.len, 9);
    assert_memory_equal(buf.data, "a\0bcd-7-x", 9);
    buf_deinit(&buf);
}

static void add_past_limit(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 5);
    assert_int_equal(buf_adds(&buf, "abc"), 0);
    assert_int_equal(buf_adds(&buf, "def"), -1);
    assert_int_equal(buf_addf(&buf, "%d", 123), -1);
    assert_int_equal(buf_add(&buf, "x", SIZE_MAX), -1);
    assert_buf(&buf, "abc");
    assert_int_equal(buf_adds(&buf, "de"), 0);
    assert_buf(&buf, "abcde");
    assert_int_equal(buf_add(&buf, "f", 1), -1);
    assert_buf(&buf, "abcde");
    buf_deinit(&buf);
}

static void limit_of_zero_takes_nothing(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 0);
    assert_int_equal(buf_adds(&buf, ""), 0);
    assert_int_equal(buf_adds(&buf, "a"), -1);
    assert_int_equal(buf.len, 0);
    buf_deinit(&buf);
}

static void memory_never_passes_limit(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buf_add(&buf, &(char){(char)('a' + i % 26)}, 1), 0);
        assert_in_range(buf.cap, buf.len, 1000);
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    assert_int_equal(buf_add(&buf, "x", 1), -1);
    buf_deinit(&buf);
}

static void unlimited_grows(UNUSED void **state)
{
    static char block[100000];
    struct buf buf;

    memset(block, 'x', sizeof block);
    buf_init(&buf, SIZE_MAX);
    for (int i = 0; i < 30; i++)
        assert_int_equal(buf_add(&buf, block, sizeof block), 0);
    assert_int_equal(buf.len, 30 * sizeof block);
    assert_int_equal(buf_add(&buf, block, SIZE_MAX), -1);
    assert_int_equal(buf.len, 30 * sizeof block);
    buf_deinit(&buf);
}

static void consume_drops_the_front(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 100);
    buf_adds(&buf, "abcdef");
    char *memory = buf.data;
    buf_consume(&buf, 0);
    assert_buf(&buf, "abcdef");
    buf_consume(&buf, 2);
    assert_buf(&buf, "cdef");
    buf_consume(&buf, 100);
    assert_int_equal(buf.len, 0);
    assert_ptr_equal(buf.data, memory);
    buf_adds(&buf, "gh");
    assert_buf(&buf, "gh");
    buf_consume(&buf, 2);
    assert_int_equal(buf.len, 0);
    buf_deinit(&buf);
}

static void clear_keeps_memory(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 100);
    buf_adds(&buf, "abc");
    char *memory = buf.data;
    buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_ptr_equal(buf.data, memory);
    buf_deinit(&buf);
}

static void deinit_leaves_it_usable(UNUSED void **state)
{
    struct buf buf;

    buf_init(&buf, 3);
    buf_adds(&buf, "abc");
    buf_deinit(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf_adds(&buf, "abcd"), -1);
    assert_int_equal(buf_adds(&buf, "abc"), 0);
    buf_deinit(&buf);
    buf_deinit(&buf);
}

static int grow_some(UNUSED void *context)
{
    char block[600];
    struct buf buf;

    memset(block, 'y', sizeof block);
    buf_init(&buf, 10000);
    int result = buf_adds(&buf, "abc");
    if (result == 0) {
        result = buf_add(&buf, block, sizeof block);
        if (result < 0)
            assert_buf(&buf, "abc");
    }
    size_t len = buf.len;
    if (result == 0 && (result = buf_addf(&buf, "%0700d", 1)) < 0)
        assert_int_equal(buf.len, len);
    buf_deinit(&buf);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, grow_some, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an empty buffer has no memory", empty_holds_nothing),
        TEST("bytes, strings and formatted text are added in order", adds_in_order),
        TEST("add past the limit fails and keeps the content", add_past_limit),
        TEST("a limit of 0 takes nothing", limit_of_zero_takes_nothing),
        TEST("the memory never passes the limit", memory_never_passes_limit),
        TEST("without a limit it grows, and lengths do not overflow", unlimited_grows),
        TEST("consume drops the first bytes and keeps the memory", consume_drops_the_front),
        TEST("clear keeps the memory", clear_keeps_memory),
        TEST("a deinited buffer can be used again, with its limit", deinit_leaves_it_usable),
        TEST("without memory an add fails and keeps the content", without_memory),
    };

    return RUN_TESTS("buf", tests);
}
