/* target: its settings one by one, and lack of memory. The options are in test_cli.c. */
#include "target.h"

#include "alloc.h"
#include "capture.h"
#include "test.h"

static struct target target;

static int tear_down(UNUSED void **state)
{
    target_deinit(&target);
    return 0;
}

static void last_value_counts(UNUSED void **state)
{
    assert_null(target_set_redis(&target, "redis://a"));
    assert_null(target_set_redis(&target, "redis://u:p@b:7/1"));
    assert_string_equal(target.redis.host, "b");
    assert_non_null(target_set_redis(&target, "nonsense"));
    assert_string_equal(target.redis.host, "b"); /* as it was */
    assert_null(target_set_prefix(&target, "{x}:"));
    assert_non_null(target_set_prefix(&target, "x"));
    assert_string_equal(target.keys.clock, "{x}:clock");
}

static void numbers(UNUSED void **state)
{
    assert_null(target_set_keep(&target, "1"));
    assert_null(target_set_keep(&target, "100000000"));
    assert_non_null(target_set_keep(&target, "100000001"));
    assert_non_null(target_set_keep(&target, "0"));
    assert_non_null(target_set_keep(&target, "-1"));
    assert_int_equal(target.keep, 100000000);
    assert_null(target_set_ttl(&target, "1"));
    assert_null(target_set_ttl(&target, "3155760000"));
    assert_non_null(target_set_ttl(&target, "3155760001"));
    assert_non_null(target_set_ttl(&target, "1d"));
    assert_int_equal(target.ttl_s, 3155760000u);
}

static int init(UNUSED void *context)
{
    static const struct cli_option OPTIONS[] = {TARGET_OPTIONS};
    static const struct cli CLI = {"sse-test", "", "", OPTIONS, COUNT(OPTIONS)};
    static struct capture err;

    capture_begin(&err, STDERR_FILENO);
    int code = target_init(&target, &CLI);
    capture_end(&err);
    if (code != CLI_GO_ON) {
        assert_int_equal(code, EXIT_FAILURE);
        assert_has(err.text, "no memory");
    }
    target_deinit(&target);
    return code == CLI_GO_ON ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, init, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(NULL, tear_down, sentence, function)
        CASE("the last good value counts", last_value_counts),
        CASE("numbers have limits", numbers),
        CASE("without memory it says so", without_memory),
    };

    return RUN_TESTS("target", tests);
}
