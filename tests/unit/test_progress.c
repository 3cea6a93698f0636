/* progress: the JSON of a job. */
#include "progress.h"

#include "alloc.h"
#include "core/json.h"
#include "test.h"

static void assert_encoded(const struct progress *progress, const char *json)
{
    struct json_fault fault;
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(progress_encode(&out, progress), 0);
    assert_buf(&out, json);
    assert_int_equal(json_check(out.data, out.len, &fault), 0);
    buf_deinit(&out);
}

static void percent(UNUSED void **state)
{
    static const struct {
        uint64_t moved, total;
        const char *json;
    } CASES[] = {
        {0, 100, "\"moved\":0,\"total\":100,\"percent\":\"0.00\""},
        {45, 100, "\"moved\":45,\"total\":100,\"percent\":\"45.00\""},
        {1, 3, "\"moved\":1,\"total\":3,\"percent\":\"33.33\""},
        {2, 3, "\"moved\":2,\"total\":3,\"percent\":\"66.67\""},
        {100, 100, "\"moved\":100,\"total\":100,\"percent\":\"100.00\""},
        {150, 100, "\"moved\":150,\"total\":100,\"percent\":\"150.00\""},
        {7, 0, "\"moved\":7,\"total\":0"},
        {UINT64_MAX, UINT64_MAX,
         "\"moved\":18446744073709551615,\"total\":18446744073709551615,\"percent\":\"100.00\""},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct progress progress = {.task = "t",
                                    .state = "running",
                                    .unit = "files",
                                    .moved = CASES[i].moved,
                                    .total = CASES[i].total};
        struct buf json;
        buf_init(&json, 1000);
        buf_addf(&json, "{\"task\":\"t\",\"state\":\"running\",%s,\"unit\":\"files\"}",
                 CASES[i].json);
        assert_encoded(&progress, buf_text(&json));
        buf_deinit(&json);
    }
}

static void strings_are_escaped(UNUSED void **state)
{
    struct progress_end end = {.status = 1, .reason = "\t"};
    struct progress progress = {
        .task = "a \"b\"\n\xc3\xa4", .state = "failed", .unit = "\\", .end = &end};

    assert_encoded(&progress,
                   "{\"task\":\"a \\\"b\\\"\\n\xc3\xa4\",\"state\":\"failed\",\"moved\":0,"
                   "\"total\":0,\"unit\":\"\\\\\",\"reason\":\"\\t\","
                   "\"exit\":1,\"duration\":0.000}");
}

static void percent_of_its_own(UNUSED void **state)
{
    struct progress progress = {.task = "t",
                                .state = "running",
                                .unit = "bytes",
                                .moved = 7,
                                .has_percent = true,
                                .percent = 45.301};

    assert_encoded(&progress, "{\"task\":\"t\",\"state\":\"running\",\"moved\":7,\"total\":0,"
                              "\"percent\":\"45.30\",\"unit\":\"bytes\"}");
}

static void a_file(UNUSED void **state)
{
    struct progress progress = {.task = "t", .state = "running", .file = "a/\"b\""};

    assert_encoded(&progress, "{\"task\":\"t\",\"state\":\"running\",\"moved\":0,\"total\":0,"
                              "\"file\":\"a/\\\"b\\\"\"}");
}

static void rate_and_eta(UNUSED void **state)
{
    struct progress progress = {
        .task = "t", .state = "running", .moved = 7, .rate = 1.5, .has_eta = true};

    assert_encoded(&progress, "{\"task\":\"t\",\"state\":\"running\",\"moved\":7,\"total\":0,"
                              "\"rate\":1.50,\"eta\":0}");
}

static void ends(UNUSED void **state)
{
    static const struct {
        struct progress_end end;
        const char *json;
    } CASES[] = {
        {{.duration_ms = 1005}, "\"exit\":0,\"duration\":1.005"},
        {{.status = 3, .duration_ms = 90061000}, "\"exit\":3,\"duration\":90061.000"},
        {{.status = 143, .signal = 15}, "\"exit\":143,\"signal\":\"SIGTERM\",\"duration\":0.000"},
        {{.status = 168, .signal = 40}, "\"exit\":168,\"signal\":\"40\",\"duration\":0.000"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct progress progress = {.task = "t", .state = "failed", .end = &CASES[i].end};
        struct buf json;
        buf_init(&json, 1000);
        buf_addf(&json, "{\"task\":\"t\",\"state\":\"failed\",\"moved\":0,\"total\":0,%s}",
                 CASES[i].json);
        assert_encoded(&progress, buf_text(&json));
        buf_deinit(&json);
    }
}

static int encode(void *max)
{
    struct progress progress = {
        .task = "t", .state = "running", .unit = "files", .moved = 1, .total = 2};
    struct buf out;

    buf_init(&out, *(size_t *)max);
    int result = progress_encode(&out, &progress);
    buf_deinit(&out);
    return result;
}

static void past_limit_and_without_memory(UNUSED void **state)
{
    size_t len = strlen("{\"task\":\"t\",\"state\":\"running\",\"moved\":1,\"total\":2,"
                        "\"percent\":\"50.00\",\"unit\":\"files\"}");

    for (size_t max = 0; max <= len; max++)
        assert_int_equal(encode(&max), max < len ? -1 : 0);
    alloc_fail_each(3, encode, &(size_t){1000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("percent has two digits, and is left out without a total", percent),
        TEST("a percent of its own counts more than what moved and total give", percent_of_its_own),
        TEST("rate and time that is left are said where they are known", rate_and_eta),
        TEST("the file that it is at", a_file),
        TEST("an end has its status, its signal and how long it took", ends),
        TEST("strings are escaped", strings_are_escaped),
        TEST("past the limit and without memory it fails", past_limit_and_without_memory),
    };

    return RUN_TESTS("progress", tests);
}
