/* report_options: names of jobs and channels, from arguments. */
#include "report_options.h"

#include <stdio.h>
#include <sysexits.h>

#include "capture.h"
#include "test.h"

static const struct cli_option OPTIONS[] = {REPORT_OPTIONS};
static const struct cli CLI = {.program = "sse-test",
                               .usage = "",
                               .about = "",
                               .options = OPTIONS,
                               .option_count = COUNT(OPTIONS)};

static struct report_options options;

static int tear_down(UNUSED void **state)
{
    target_deinit(&options.target);
    return 0;
}

static int read_options(char *first, char *second)
{
    char *argv[] = {"sse-test", first, second, NULL};
    int argc = first == NULL ? 1 : second == NULL ? 2 : 3;

    target_deinit(&options.target);
    options = (struct report_options){0};
    return report_options_read(&options, &CLI, &argc, argv);
}

static void assert_channel(const char *task, const char *channel)
{
    assert_int_equal(read_options(NULL, NULL), CLI_GO_ON);
    struct reporter_job job = report_options_job(&options, &CLI, task);
    assert_string_equal(job.task, task);
    assert_string_equal(job.channel, channel);
    assert_null(channel_check(job.channel, strlen(job.channel)));
    assert_int_equal(job.rate_max, REPORT_RATE_MAX);
}

static void channels_of_tasks(UNUSED void **state)
{
    char task[400], channel[CHANNEL_MAX + 1] = "jobs/";

    assert_channel("rsync", "jobs/rsync");
    assert_channel("a b/c:d\xc3\xa4.1", "jobs/a-b-c-d--.1");
    memset(task, 'x', sizeof task);
    task[sizeof task - 1] = '\0';
    memset(channel + 5, 'x', CHANNEL_MAX - 5);
    assert_channel(task, channel);
}

static void given_names(UNUSED void **state)
{
    assert_int_equal(read_options("--task=nightly run", NULL), CLI_GO_ON);
    struct reporter_job job = report_options_job(&options, &CLI, "rsync");
    assert_string_equal(job.task, "nightly run");
    assert_string_equal(job.channel, "jobs/nightly-run");
    assert_int_equal(read_options("--channel=a/b", "--rate=3"), CLI_GO_ON);
    job = report_options_job(&options, &CLI, "rsync");
    assert_string_equal(job.task, "rsync");
    assert_string_equal(job.channel, "a/b");
    assert_int_equal(job.rate_max, 3);
}

static void refused(UNUSED void **state)
{
    static const struct {
        char *argument;
        const char *words;
    } CASES[] = {
        {"--channel=a//b", "--channel a//b: "},
        {"--channel=", "--channel : "},
        {"--task=\xff", "--task"},
        {"--rate=0", "--rate 0: must be a number"},
        {"--rate=1001", "--rate 1001: must be a number"},
    };
    static struct capture err;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        capture_begin(&err, STDERR_FILENO);
        int status = read_options(CASES[i].argument, NULL);
        capture_end(&err);
        assert_int_equal(status, EX_USAGE);
        assert_has(err.text, CASES[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(NULL, tear_down, sentence, function)
        CASE("a task gives its channel the name, so far as that can be", channels_of_tasks),
        CASE("names that are given count more", given_names),
        CASE("what cannot be is refused, by its name", refused),
    };

    return RUN_TESTS("report_options", tests);
}
