/* Made-up tasks, by a ticker's beat. */
#include "demo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "cli.h"
#include "core/number.h"
#include "patience.h"
#include "progress.h"
#include "rate.h"
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
    bool has_timeout;
};

static const char *set_tasks(void *context, const char *value);
static const char *set_step(void *context, const char *value);
static const char *set_once(void *context, const char *value);
static const char *set_timeout(void *context, const char *value);

static const struct cli_option OPTIONS[] = {
    {"tasks", 0, "N", "how many tasks [5]", set_tasks},
    {"step", 0, "MS", "milliseconds from one step to the next [100]", set_step},
    {"once", 0, NULL, "end when all tasks are done, instead of starting over", set_once},
    {"timeout", 0, "SECONDS", "for which it waits for Redis, with --once [10]", set_timeout},
    TARGET_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress demo",
    .usage = "sse-progress demo [OPTION]...",
    .about = "Publishes the progress of made-up tasks on jobs/<task>, over and over until it\n"
             "is stopped. Now and then one fails.\n\n"
             "  sse-progress demo\n"
             "  sse-progress demo --tasks 2 --step 20 --once\n"
             "  sse-progress demo --prefix test: --redis redis://localhost:6379/1\n",
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

static const char *set_timeout(void *context, const char *value)
{
    struct options *options = context;

    options->has_timeout = true;
    return target_set_timeout(&options->target, value);
}

/* What is made up of a task. */
static const struct task {
    const char *name, *unit;
    uint64_t total;
    uint64_t steps;     /* from 0 to total */
    const char *reason; /* why it fails, when it does */
} TASKS[] = {
    {"backup", "files", 1200, 160, "No space left on device"},
    {"import", "rows", 48500, 90, "a row has a key that is there already"},
    {"thumbnails", "images", 340, 240, "an image cannot be read"},
    {"search-index", "documents", 8000, 130, "the index is locked by another process"},
    {"upload", "bytes", 734003200, 320, "Connection reset by peer"},
};

/* Where a task is. */
struct course {
    struct rate rate;
    uint64_t begun_ms;
};

struct demo {
    const struct options *options;
    struct ticker ticker;
    struct course *courses; /* one a task */
    bool is_cut_off;        /* an event could not be published */
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

/* Each task fails in one round of four, but not in its first. */
static uint64_t last_step(const struct task *task, uint64_t n, uint64_t round)
{
    return round > 0 && (round + n) % 4 == 0 ? task->steps * 5 / 8 : task->steps;
}

/* How fast it is, and how long it takes yet. */
static void estimate(struct course *course, struct progress *progress)
{
    uint64_t now_ms = patience_now_ms();

    if (progress->moved == 0)
        *course = (struct course){.begun_ms = now_ms};
    rate_add(&course->rate, now_ms, (double)progress->moved);
    progress->rate = rate_per_second(&course->rate);
    progress->has_eta = progress->rate > 0;
    if (progress->has_eta)
        progress->eta_s = (double)(progress->total - progress->moved) / progress->rate;
}

static void end_task(const struct course *course, struct progress *progress,
                     struct progress_end *end)
{
    end->duration_ms = patience_now_ms() - course->begun_ms;
    end->status = progress->moved < progress->total ? EXIT_FAILURE : EXIT_SUCCESS;
    progress->state = end->status == EXIT_SUCCESS ? "done" : "failed";
    progress->has_eta = false;
    if (end->duration_ms > 0)
        progress->rate = (double)progress->moved * 1000 / (double)end->duration_ms;
    progress->end = end;
}

static void publish(struct demo *demo, const struct progress *progress)
{
    char channel[64];
    struct buf data;

    snprintf(channel, sizeof channel, "jobs/%s", progress->task);
    buf_init(&data, DATA_MAX);
    if (progress_encode(&data, progress) < 0 ||
        ticker_publish(&demo->ticker, channel, "progress", data.data, data.len) < 0)
        demo->is_cut_off = true;
    buf_deinit(&data);
}

/* A finished task stands still for a while, and starts over. Returns whether that is all, once. */
static bool publish_step(struct demo *demo, uint64_t n, uint64_t beat)
{
    char name[48];
    const struct task *task = name_task(n, name, sizeof name);
    uint64_t cycle = task->steps + PAUSE_STEPS;
    uint64_t round = demo->options->once ? 0 : beat / cycle;
    uint64_t step = beat - round * cycle, last = last_step(task, n, round);
    struct progress_end end = {0};

    if (step > last)
        return demo->options->once;
    struct progress progress = {.task = name,
                                .state = "running",
                                .unit = task->unit,
                                .moved = task->total * step / task->steps,
                                .total = task->total};
    estimate(&demo->courses[n], &progress);
    if (step == last)
        end_task(&demo->courses[n], &progress, &end);
    if (last < task->steps && step == last)
        end.reason = task->reason;
    publish(demo, &progress);
    return demo->options->once && step == last;
}

static void publish_tasks(struct demo *demo)
{
    const struct options *options = demo->options;
    uint64_t done = 0;

    for (uint64_t beat = 0; done < options->tasks && ticker_wait(&demo->ticker); beat++) {
        done = 0;
        for (uint64_t n = 0; n < options->tasks; n++) {
            done += publish_step(demo, n, beat);
            if (demo->is_cut_off && options->once)
                return;
        }
    }
}

/* No event is dropped while Redis is away: the tasks wait, and so no end is lost. */
static int show(const struct options *options)
{
    struct demo demo = {.options = options};
    uint32_t patience_ms = options->once ? options->target.timeout_ms : TICKER_PATIENT_MS;
    int status = ticker_init(&demo.ticker, CLI.program, &options->target,
                             (uint32_t)options->step_ms, patience_ms, options->once);

    if (status == 0) {
        demo.courses = calloc(options->tasks, sizeof *demo.courses);
        status = demo.courses != NULL ? 0 : -1;
        if (status < 0)
            fprintf(stderr, "%s: no memory\n", CLI.program);
    }
    if (status == 0)
        publish_tasks(&demo);
    free(demo.courses);
    ticker_deinit(&demo.ticker);
    if (status < 0)
        return EXIT_FAILURE;
    return options->once && demo.is_cut_off ? EX_UNAVAILABLE : EX_OK;
}

int demo_run(int argc, char **argv)
{
    struct options options = {.tasks = TASK_COUNT, .step_ms = STEP_MS};
    int status = target_init(&options.target, &CLI);

    signal(SIGPIPE, SIG_IGN);
    options.has_timeout = false; /* SSE_TIMEOUT is for all commands */
    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, &options);
    if (status == CLI_GO_ON && options.has_timeout && !options.once)
        status = cli_usage_error(&CLI, "--timeout goes with --once only");
    if (status == CLI_GO_ON)
        status = target_complete(&options.target, &CLI);
    if (status == CLI_GO_ON)
        status = argc > 1 ? cli_usage_error(&CLI, "\"%.100s\": it takes only options", argv[1])
                          : show(&options);
    target_deinit(&options.target);
    return status;
}
