/* latest: a message that comes several times is decoded once. */
#include "latest.h"

#include "alloc.h"
#include "core/log.h"
#include "test.h"

#define IDS "\"id\":\"5-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\""

static struct latest latest;

static int tear_down(UNUSED void **state)
{
    latest_forget(&latest);
    latest_forget(&latest);
    return 0;
}

static enum latest_outcome set(const char *channel, const char *message)
{
    return latest_set(&latest, channel, message, strlen(message), 100);
}

static void decodes_once(UNUSED void **state)
{
    assert_int_equal(set("a", "{" IDS ",\"data\":\"x\"}"), LATEST_NEW);
    struct broadcast *event = latest.event;
    assert_int_equal(set("a", "{" IDS ",\"data\":\"x\"}"), LATEST_SAME);
    assert_ptr_equal(latest.event, event);
    assert_int_equal(set("b", "{" IDS ",\"data\":\"x\"}"), LATEST_NEW);
    assert_string_equal(latest.event->channel, "b");
    assert_int_equal(set("b", "other"), LATEST_NEW);
    assert_string_equal(latest.event->event.data, "other");
    assert_int_equal(latest_set(&latest, "b", "other\0", 6, 100), LATEST_NEW);
    latest_forget(&latest);
    assert_null(latest.event);
    assert_int_equal(set("b", ""), LATEST_NEW);
    assert_int_equal(set("b", ""), LATEST_SAME);
}

static void refuses(UNUSED void **state)
{
    assert_int_equal(set("a", "{\"event\":\"end\",\"data\":\"x\"}"), LATEST_REFUSED);
    assert_null(latest.event);
    /* with an id it has its place among the others */
    assert_int_equal(set("a", "{" IDS ",\"event\":\"stream-x\",\"data\":\"x\"}"), LATEST_NEW);
    assert_true(latest.event->is_refused);
}

static void without_memory(UNUSED void **state)
{
    enum latest_outcome outcome = LATEST_LOST;
    unsigned long n = 0;

    while (outcome != LATEST_NEW) {
        set("b", "before");
        alloc_fail_at(++n);
        outcome = set("a", "{" IDS ",\"event\":\"e\",\"data\":\"x\"}");
        assert_true((outcome == LATEST_LOST) == alloc_fail_never());
        if (outcome == LATEST_LOST)
            assert_null(latest.event);
    }
    assert_true(n > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(NULL, tear_down, sentence, function)
        CASE("a message is decoded when it comes first", decodes_once),
        CASE("a refused one is nothing, unless it has an id", refuses),
        CASE("without memory it is lost", without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("latest", tests);
}
