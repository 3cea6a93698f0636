/* publisher/tail_print: the forms, byte for byte. */
#include "tail_print.h"

#include <time.h>

#include "alloc.h"
#include "test.h"

#define NOW_MS 1700000000000u /* 22:13:20 UTC */

static const struct tail_event EVENT = {.id = "1795170075205-0", /* 10:21:15 UTC */
                                        .channel = "jobs/42",
                                        .name = "progress",
                                        .data = "a\"b",
                                        .data_len = 3};
static const struct tail_event BARE = {.id = "", .channel = "", .name = "message", .data = ""};

static void assert_printed(const struct tail_event *event, enum tail_form form, const char *text)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(tail_print(&out, event, form, NOW_MS), 0);
    assert_buf(&out, text);
    buf_deinit(&out);
}

static void raw(UNUSED void **state)
{
    assert_printed(&EVENT, TAIL_RAW, "a\"b\n");
    assert_printed(&BARE, TAIL_RAW, "\n");
}

static void json(UNUSED void **state)
{
    assert_printed(&EVENT, TAIL_JSON,
                   "{\"id\":\"1795170075205-0\",\"event\":\"progress\",\"channel\":\"jobs/42\","
                   "\"data\":\"a\\\"b\"}\n");
    assert_printed(&BARE, TAIL_JSON,
                   "{\"id\":null,\"event\":\"message\",\"channel\":null,\"data\":\"\"}\n");
}

static void person(UNUSED void **state)
{
    struct tail_event event = EVENT;

    assert_printed(&EVENT, TAIL_PERSON, "10:21:15  jobs/42  progress  a\"b\n");
    assert_printed(
        &EVENT, TAIL_COLOURED,
        "\033[2m10:21:15\033[0m  \033[36mjobs/42\033[0m  \033[1mprogress\033[0m  a\"b\n");
    assert_printed(&BARE, TAIL_PERSON, "22:13:20  message  \n");
    event.id = "7"; /* of another make */
    assert_printed(&event, TAIL_PERSON, "22:13:20  jobs/42  progress  a\"b\n");
}

static void control_characters(UNUSED void **state)
{
    struct tail_event event = BARE;

    event.name = "e\x1b";
    event.data = "a\x1b[2Jb\nc\td\x7f\xC2\x9B\xC2\xA0\xC3\xA9";
    event.data_len = strlen(event.data);
    assert_printed(&event, TAIL_PERSON,
                   "22:13:20  e\\x1b  a\\x1b[2Jb\n    c\td\\x7f\\x9b\xC2\xA0\xC3\xA9\n");
}

static int print_all(UNUSED void *context)
{
    struct buf out;
    int result = 0;

    buf_init(&out, 1000);
    for (enum tail_form form = TAIL_RAW; form <= TAIL_COLOURED && result == 0; form++)
        result = tail_print(&out, &EVENT, form, NOW_MS);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, print_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("raw is the data and a line end", raw),
        TEST("JSON is an object a line", json),
        TEST("a person sees the time, of the event if its id is one", person),
        TEST("control characters do not reach a terminal", control_characters),
        TEST("without memory it fails", without_memory),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return RUN_TESTS("tail_print", tests);
}
