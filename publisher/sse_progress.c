/* sse-progress: jobs that report themselves. `demo` and `clock` are there to look at. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli.h"
#include "progress.h"
#include "target.h"
#include "ticker.h"

#define DEMO_STEP_MS 100
#define CLOCK_MS     2000
#define PAUSE_STEPS  30 /* for which a finished task shows its 100 % */
#define DATA_MAX     4096
#define TASK_COUNT   (sizeof TASKS / sizeof *TASKS)

static const struct cli_option OPTIONS[] = {TARGET_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress",
    .usage = "sse-progress [OPTION]... demo | clock",
    .about = "demo   some tasks that report their progress on jobs/<task>, over and over\n"
             "clock  the time as text, every 2 seconds, on the channel clock\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- demo ------------------------------------------------------------------------------------- */

static const struct task {
    const char *name, *unit;
    uint64_t total;
    uint64_t steps; /* from 0 to total */
} TASKS[] = {
    {"backup", "files", 1200, 160},      {"import", "rows", 48500, 90},
    {"thumbnails", "images", 340, 240},  {"search-index", "documents", 8000, 130},
    {"upload", "bytes", 734003200, 320},
};

/* A finished task stands still for a while, and starts over. */
static void publish_step(struct ticker *ticker, const struct task *task, uint64_t beat)
{
    uint64_t step = beat % (task->steps + PAUSE_STEPS);
    char channel[64];
    struct buf data;

    if (step > task->steps)
        return;
    const struct progress progress = {.task = task->name,
                                      .state = step < task->steps ? "running" : "done",
                                      .unit = task->unit,
                                      .moved = task->total * step / task->steps,
                                      .total = task->total};
    snprintf(channel, sizeof channel, "jobs/%s", task->name);
    buf_init(&data, DATA_MAX);
    if (progress_encode(&data, &progress) == 0)
        ticker_publish(ticker, channel, "progress", data.data, data.len);
    buf_deinit(&data);
}

static int run_demo(const struct target *target)
{
    struct ticker ticker;
    int status = ticker_init(&ticker, "sse-progress demo", target, DEMO_STEP_MS);

    for (uint64_t beat = 0; status == 0 && ticker_wait(&ticker); beat++)
        for (size_t i = 0; i < TASK_COUNT; i++)
            publish_step(&ticker, &TASKS[i], beat);
    ticker_deinit(&ticker);
    return status == 0 ? EX_OK : EXIT_FAILURE;
}

/* --- clock ------------------------------------------------------------------------------------ */

static int run_clock(const struct target *target)
{
    struct ticker ticker;
    int status = ticker_init(&ticker, "sse-progress clock", target, CLOCK_MS);

    while (status == 0 && ticker_wait(&ticker)) {
        char text[64];
        struct tm local;
        time_t now = time(NULL);
        size_t len = strftime(text, sizeof text, "the time is %H:%M:%S", localtime_r(&now, &local));
        ticker_publish(&ticker, "clock", NULL, text, len);
    }
    ticker_deinit(&ticker);
    return status == 0 ? EX_OK : EXIT_FAILURE;
}

/* --- the command ------------------------------------------------------------------------------ */

static int run(struct target *target, int argc, char **argv)
{
    int status = target_init(target, &CLI);

    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, target);
    if (status == CLI_GO_ON)
        status = target_complete(target, &CLI);
    if (status != CLI_GO_ON)
        return status;
    if (argc != 2)
        return cli_usage_error(&CLI, "one of demo and clock must be named");
    if (strcmp(argv[1], "demo") == 0)
        return run_demo(target);
    if (strcmp(argv[1], "clock") == 0)
        return run_clock(target);
    return cli_usage_error(&CLI, "\"%.100s\": it must be demo or clock", argv[1]);
}

int main(int argc, char **argv)
{
    struct target target = {0};

    signal(SIGPIPE, SIG_IGN);
    int status = run(&target, argc, argv);
    target_deinit(&target);
    return status;
}
