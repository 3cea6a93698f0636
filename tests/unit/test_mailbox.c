/* mailbox: what waits, in which order, and what is dropped. */
#include "mailbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "test.h"

static struct mailbox mailbox;

static int set_up(UNUSED void **state)
{
    mailbox_init(&mailbox, 100);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    mailbox_deinit(&mailbox);
    return 0;
}

static void assert_next(uint64_t now_ms, const char *event, const char *data)
{
    uint64_t wait_ms;
    struct letter *letter = mailbox_take(&mailbox, now_ms, &wait_ms);

    if (letter == NULL)
        fail_msg("nothing, wait %d", (int)wait_ms);
    assert_string_equal(letter->event, event);
    assert_string_equal(letter->data, data);
    assert_int_equal(letter->len, strlen(data));
    free(letter);
}

static void assert_wait(uint64_t now_ms, uint64_t wait_ms)
{
    uint64_t found;

    assert_null(mailbox_take(&mailbox, now_ms, &found));
    assert_true(found == wait_ms);
}

static void newest(const char *data)
{
    assert_int_equal(mailbox_set_newest(&mailbox, data, strlen(data)), 0);
}

static void in_order(UNUSED void **state)
{
    assert_wait(0, UINT64_MAX);
    newest("n");
    mailbox_add(&mailbox, "start", "s", 1);
    mailbox_add_log(&mailbox, "l", 1);
    mailbox_set_last(&mailbox, "done", "d", 1);
    assert_next(1000, "start", "s");
    assert_next(1000, "log", "l");
    assert_next(1000, "progress", "n");
    assert_next(1000, "done", "d");
    assert_wait(1000, UINT64_MAX);
}

static void only_newest(UNUSED void **state)
{
    newest("1");
    newest("2");
    assert_next(1000, "progress", "2");
    assert_wait(1000, UINT64_MAX);
    newest("3");
    assert_wait(1001, 99);
    newest("4");
    assert_wait(1099, 1);
    assert_next(1100, "progress", "4");
}

/* The end waits for no turn, and neither does what was before it. */
static void last_one(UNUSED void **state)
{
    newest("1");
    assert_next(1000, "progress", "1");
    newest("2");
    assert_wait(1000, 100);
    mailbox_set_last(&mailbox, "failed", "f", 1);
    assert_next(1000, "progress", "2");
    assert_next(1000, "failed", "f");
}

static void logs_dropped(UNUSED void **state)
{
    char text[16];
    uint64_t wait_ms;

    mailbox_add(&mailbox, "start", "s", 1);
    for (int i = 0; i < MAILBOX_LETTERS_MAX + 9; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(mailbox_add_log(&mailbox, text, strlen(text)), 0);
    }
    assert_next(0, "start", "s"); /* stays */
    struct letter *letter = mailbox_take(&mailbox, 0, &wait_ms);
    assert_string_equal(letter->data, "10");
    assert_int_equal(letter->dropped, 10);
    free(letter);
    for (int i = 11; i < MAILBOX_LETTERS_MAX + 9; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_next(0, "log", text);
    }
    assert_wait(0, UINT64_MAX);
}

static int fill(UNUSED void *context)
{
    struct mailbox box;

    mailbox_init(&box, 1);
    int result = mailbox_add(&box, "start", "s", 1) < 0 || mailbox_add_log(&box, "l", 1) < 0 ||
                         mailbox_set_newest(&box, "n", 1) < 0 ||
                         mailbox_set_last(&box, "done", "d", 1) < 0
                     ? -1
                     : 0;
    mailbox_deinit(&box);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, fill, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("letters come in order, then progress, then the end", in_order),
        CASE("of progress there is only the newest, one a period", only_newest),
        CASE("before the end progress waits for nothing", last_one),
        CASE("past the limit the oldest log lines go, and that is told", logs_dropped),
        CASE("without memory nothing is added", without_memory),
    };

    return RUN_TESTS("mailbox", tests);
}
