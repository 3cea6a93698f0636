/* Made-up tasks, by a ticker's beat. */
#include "demo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "cli.h"
#include "core/number.h"
#include "progress.h"
#include "target.h"
#include "ticker.h"

#define STEP_MS     100
#define PAUSE_STEPS 30 /* for which a finished task shows its 100 % */
#define DATA_MAX    4096
#define TASK_COUNT  (sizeof TASKS / sizeof *TASKS)

struct options {
    struct target target;
    uint64_t tasks;
    uint64_t step_ms;
    bool once;
};

static const char *set_tasks(void *context, const char *value);
static const char *set_step(void *context, const char *value);
static const char *set_once(void *context, const char *value);

static const struct cli_option OPTIONS[] = {
    {"tasks", 0, "N", "how many tasks [5]", set_tasks},
    {"step", 0, "MS", "milliseconds from one step to the next [100]", set_step},
    {"once", 0, NULL, "end when all tasks are done, instead of starting over", set_once},
    TARGET_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress demo",
    .usage = "sse-progress demo [OPTION]...",
    .about = "Publishes the progress of made-up tasks on jobs/<task>, over and over until it is\n"
             "stopped.\n\n"
             "  sse-progress demo --tasks 2 --step 20 --once\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

static const char *set_tasks(void *context, const char *value)
{
    struct options *options = context;

    return number_parse_whole(value, 1, 1000, &options->tasks) < 0
               ? "must be a number from 1 to 1000"
               : NULL;
}

static const char *set_step(void *context, const char *value)
{
    struct options *options = context;

    return number_parse_whole(value, 1, 60000, &options->step_ms) < 0
               ? "must be milliseconds, from 1 to 60000"
               : NULL;
}

static const char *set_once(void *context, const char *value)
{
    struct options *options = context;

    (void)value;
    options->once = true;
    return NULL;
}

static const struct task {
    const char *name, *unit;
    uint64_t total;
    uint64_t steps; /* from 0 to total */
} TASKS[] = {
    {"backup", "files", 1200, 160},      {"import", "rows", 48500, 90},
    {"thumbnails", "images", 340, 240},  {"search-index", "documents", 8000, 130},
    {"upload", "bytes", 734003200, 320},
};

/* The n-th task: the table's names, then the same with numbers. */
static const struct task *name_task(uint64_t n, char *name, size_t size)
{
    const struct task *task = &TASKS[n % TASK_COUNT];

    if (n < TASK_COUNT)
        snprintf(name, size, "%s", task->name);
    else
        snprintf(name, size, "%s-%llu", task->name, (unsigned long long)(n / TASK_COUNT + 1));
    return task;
}

/* A finished task stands still for a while, and starts over. Returns whether that is all, once. */
static bool publish_step(struct ticker *ticker, const struct options *options, uint64_t n,
                         uint64_t beat)
{
    char name[48], channel[64];
    const struct task *task = name_task(n, name, sizeof name);
    uint64_t step = options->once ? beat : beat % (task->steps + PAUSE_STEPS);
    struct buf data;

    if (step > task->steps)
        return options->once;
    const struct progress progress = {.task = name,
                                      .state = step < task->steps ? "running" : "done",
                                      .unit = task->unit,
                                      .moved = task->total * step / task->steps,
                                      .total = task->total};
    snprintf(channel, sizeof channel, "jobs/%s", name);
    buf_init(&data, DATA_MAX);
    if (progress_encode(&data, &progress) == 0)
        ticker_publish(ticker, channel, "progress", data.data, data.len);
    buf_deinit(&data);
    return options->once && step == task->steps;
}

static int publish_tasks(const struct options *options)
{
    struct ticker ticker;
    int status = ticker_init(&ticker, CLI.program, &options->target, (uint32_t)options->step_ms);
    uint64_t done = 0;

    for (uint64_t beat = 0; status == 0 && done < options->tasks && ticker_wait(&ticker); beat++) {
        done = 0;
        for (uint64_t n = 0; n < options->tasks; n++)
            done += publish_step(&ticker, options, n, beat);
    }
    ticker_deinit(&ticker);
    return status == 0 ? EX_OK : EXIT_FAILURE;
}

int demo_run(int argc, char **argv)
{
    struct options options = {.tasks = TASK_COUNT, .step_ms = STEP_MS};
    int status = target_init(&options.target, &CLI);

    signal(SIGPIPE, SIG_IGN);
    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, &options);
    if (status == CLI_GO_ON)
        status = target_complete(&options.target, &CLI);
    if (status == CLI_GO_ON)
        status = argc > 1 ? cli_usage_error(&CLI, "\"%.100s\": it takes only options", argv[1])
                          : publish_tasks(&options);
    target_deinit(&options.target);
    return status;
}
