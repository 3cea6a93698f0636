/* next_turn: once, in the next turn, and no sleep before it. */
#include "next_turn.h"

#include "loop.h"
#include "test.h"

static struct test_loop loop;
static struct next_turn next_turn;
static struct next_turn_entry entries[3];
static int looks[3];
static void (*then)(int i);

static void look(struct next_turn_entry *entry)
{
    int i = (int)(entry - entries);

    looks[i]++;
    if (then != NULL)
        then(i);
}

static int set_up(UNUSED void **state)
{
    loop_open(&loop);
    memset(entries, 0, sizeof entries);
    memset(looks, 0, sizeof looks);
    then = NULL;
    next_turn_init(&next_turn, &loop.loop, look);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(entries); i++)
        next_turn_take(&next_turn, &entries[i]);
    next_turn_close(&next_turn, NULL, NULL);
    loop_close(&loop);
    return 0;
}

static void assert_looks(int first, int second, int third)
{
    assert_int_equal(looks[0], first);
    assert_int_equal(looks[1], second);
    assert_int_equal(looks[2], third);
}

static void once_and_soon(UNUSED void **state)
{
    assert_false(uv_loop_alive(&loop.loop));
    next_turn_put(&next_turn, &entries[0]);
    next_turn_put(&next_turn, &entries[2]);
    next_turn_put(&next_turn, &entries[0]);
    assert_looks(0, 0, 0);
    assert_int_equal(uv_backend_timeout(&loop.loop), 0);
    loop_turn(&loop);
    assert_looks(1, 0, 1);
    assert_false(uv_loop_alive(&loop.loop)); /* nothing keeps it awake */
    loop_turn(&loop);
    assert_looks(1, 0, 1);
}

static void put_all(UNUSED int i)
{
    for (size_t other = 0; other < COUNT(entries); other++)
        next_turn_put(&next_turn, &entries[other]);
}

static void again_and_again(UNUSED void **state)
{
    then = put_all;
    next_turn_put(&next_turn, &entries[1]);
    loop_turn(&loop);
    assert_looks(0, 1, 0);
    loop_turn(&loop);
    assert_looks(1, 2, 1);
    loop_turn(&loop);
    assert_looks(2, 3, 2);
}

static void take_all(UNUSED int i)
{
    for (size_t other = 0; other < COUNT(entries); other++)
        next_turn_take(&next_turn, &entries[other]);
}

static void taken_away(UNUSED void **state)
{
    put_all(0);
    next_turn_take(&next_turn, &entries[0]);
    next_turn_take(&next_turn, &entries[0]);
    then = take_all;
    loop_turn(&loop);
    assert_looks(0, 1, 0);
    loop_turn(&loop);
    assert_looks(0, 1, 0);
    assert_false(uv_loop_alive(&loop.loop));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, tear_down, "what is put is looked at once, and the loop does not sleep",
                  once_and_soon),
        TEST_WITH(set_up, tear_down, "what is put meanwhile waits for the next turn",
                  again_and_again),
        TEST_WITH(set_up, tear_down, "what is taken away is not looked at", taken_away),
    };

    return RUN_TESTS("next_turn", tests);
}
