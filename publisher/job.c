/* One loop: what the command prints goes on to where it belongs, and by the way is read. */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "last_signal.h"
#include "patience.h"
#include "progress_scan.h"
#include "relay.h"
#include "report_options.h"
#include "reporter.h"
#include "terminal_text.h"

#define WHY_MAX        3200
#define TERMINAL_HOLDS 131072 /* bytes; not less than what Linux keeps for one */

struct options {
    struct report_options report;
    bool with_log;
    const char *pattern;
};

static const char *set_log(void *context, const char *value)
{
    struct options *options = context;

    (void)value;
    options->with_log = true;
    return NULL;
}

static const char *set_pattern(void *context, const char *value)
{
    struct options *options = context;

    options->pattern = value; /* checked where it is used */
    return NULL;
}

static const struct cli_option OPTIONS[] = {
    {"log", 'l', NULL, "publish each line of output too, as event log", set_log},
    {"pattern", 'p', "REGEX", "what tells of progress in (): percent, or done, all", set_pattern},
    REPORT_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress run",
    .usage = "sse-progress run [OPTION]... -- COMMAND [ARGUMENT]...",
    .about = "Runs a command and publishes how far it is, as it prints that itself. Output,\n"
             "signals and exit status are the command's.\n\n"
             "  sse-progress run -c jobs/backup -- rsync -a --info=progress2 /home /backup\n"
             "  sse-progress run -- curl -O https://example.org/large.iso\n"
             "  sse-progress run -t build -l -p 'step ([0-9]+) of ([0-9]+)' -- ./build.sh\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

struct job;

/* One of the command's outputs. */
struct output {
    struct job *job;
    int *fd;            /* that is read, as the child has it */
    bool may_be_number; /* a line may be a lone percentage */
    bool to_terminal;
    size_t late; /* bytes read since the command's end */
    struct relay relay;
    struct terminal_text text;
};

struct job {
    const struct options *options;
    struct reporter *reporter; /* NULL: the job goes on without reports */
    struct progress_scan scan;
    struct progress progress;
    bool has_progress;
    bool at_line_begin; /* of the terminal, where the bar may be drawn */
    struct child child;
    uint64_t begun_ms, ended_ms;
    struct output outputs[2]; /* standard output and error */
};

/* --- what is printed -------------------------------------------------------------------------- */

static void scan_line(struct output *output, const char *line)
{
    struct job *job = output->job;
    struct progress now;

    if (job->reporter == NULL ||
        !progress_scan_line(&job->scan, line, output->may_be_number, &now) ||
        (job->has_progress && now.moved == job->progress.moved &&
         now.total == job->progress.total && now.percent == job->progress.percent))
        return; /* a line may be looked at twice, see scan_pending */
    job->has_progress = true;
    job->progress = now;
    reporter_update(job->reporter, &job->progress);
}

static void on_line(void *context, const char *line, size_t len, bool is_final)
{
    struct output *output = context;

    scan_line(output, line);
    if (is_final && output->job->options->with_log && output->job->reporter != NULL)
        reporter_log(output->job->reporter, line, len);
}

/* Also a line that has not ended may tell: many begin with their carriage return. A lone number may
 * have more digits yet. */
static void scan_pending(struct output *output)
{
    bool may_be_number = output->may_be_number;
    size_t len;
    const char *line = terminal_text_pending(&output->text, &len);

    output->may_be_number = false;
    if (len > 0)
        scan_line(output, line);
    output->may_be_number = may_be_number;
}

/* Who writes there learns that nobody reads. */
static void close_output(struct output *output)
{
    terminal_text_end(&output->text);
    relay_close(&output->relay);
    *output->fd = -1;
}

static void read_output(struct output *output)
{
    ssize_t n = relay_read(&output->relay);

    if (n > 0) {
        output->late += output->job->child.has_ended ? (size_t)n : 0;
        terminal_text_feed(&output->text, output->relay.bytes, (size_t)n);
        scan_pending(output);
    } else if (n == 0 || errno != EINTR) {
        close_output(output);
    }
}

static void write_output(struct output *output)
{
    struct job *job = output->job;

    if (output->to_terminal && job->reporter != NULL)
        reporter_hide_bar(job->reporter);
    ssize_t n = relay_write(&output->relay);
    if (n > 0 && output->to_terminal)
        job->at_line_begin = output->relay.bytes[output->relay.begin - 1] == '\n';
    if (n >= 0 || errno == EINTR || errno == EAGAIN)
        return;
    if (errno != EPIPE)
        fprintf(stderr, "%s: %s\n", CLI.program, strerror(errno));
    close_output(output);
}

/* --- the loop --------------------------------------------------------------------------------- */

static bool has_unwritten(const struct job *job)
{
    return job->outputs[0].relay.begin < job->outputs[0].relay.end ||
           job->outputs[1].relay.begin < job->outputs[1].relay.end;
}

/* Whether all that the command can have left has been read: what comes then is another's. */
static bool is_read(const struct output *output)
{
    if (output->late == 0)
        return false;
    int holds = fcntl(output->relay.from, F_GETPIPE_SZ);
    return output->late >= (holds > 0 ? (size_t)holds : TERMINAL_HOLDS);
}

/* Waits, and does what is to be done. After the command's end only what it left is read: whoever
 * it has started may keep its output open, and fill it, for ever. Returns false when that is all,
 * or when a signal ends the wait for whoever does not read it. */
static bool turn(struct job *job)
{
    struct pollfd fds[5] = {{.fd = job->child.signal_fd, .events = POLLIN}};
    bool is_writing = false;

    for (int i = 0; i < 2; i++) {
        relay_await(&job->outputs[i].relay, &fds[1 + 2 * i], &fds[2 + 2 * i]);
        if (is_read(&job->outputs[i]))
            fds[1 + 2 * i].fd = -1;
        is_writing = is_writing || fds[2 + 2 * i].fd >= 0;
    }
    int ready = poll(fds, 5, job->child.has_ended && !is_writing ? 0 : -1);
    if (ready < 0)
        return errno == EINTR;
    if (fds[0].revents != 0) {
        if (!job->child.has_ended)
            job->ended_ms = patience_now_ms();
        child_attend(&job->child);
        if (job->child.wants_end)
            return false;
    }
    for (int i = 0; i < 2; i++) {
        if (fds[1 + 2 * i].revents != 0)
            read_output(&job->outputs[i]);
        if (fds[2 + 2 * i].revents != 0)
            write_output(&job->outputs[i]);
    }
    if (job->has_progress && job->at_line_begin && !has_unwritten(job))
        reporter_show_bar(job->reporter);
    return ready > 0 || !job->child.has_ended || is_writing;
}

static void prepare_outputs(struct job *job)
{
    static const int OWN[] = {STDOUT_FILENO, STDERR_FILENO};
    int *fds[] = {&job->child.out, &job->child.err};

    for (int i = 0; i < 2; i++) {
        struct output *output = &job->outputs[i];
        output->job = job;
        output->fd = fds[i];
        output->to_terminal = isatty(OWN[i]);
        output->may_be_number = OWN[i] == STDERR_FILENO;
        relay_init(&output->relay, *fds[i], OWN[i]);
        terminal_text_init(&output->text, on_line, output);
    }
}

/* Follows the command to its end. */
static void follow(struct job *job, struct progress_end *end)
{
    job->at_line_begin = true;
    prepare_outputs(job);
    while (turn(job))
        ;
    for (int i = 0; i < 2; i++)
        close_output(&job->outputs[i]);
    end->duration_ms = job->ended_ms - job->begun_ms;
    if (WIFSIGNALED(job->child.wait_status)) {
        end->signal = WTERMSIG(job->child.wait_status);
        end->status = 128 + end->signal;
    } else {
        end->status = WEXITSTATUS(job->child.wait_status);
    }
}

/* Returns the exit code, or minus a signal. */
static int run(struct job *job, char **argv, const struct reporter_job *reporter_job)
{
    struct progress_end end = {0};
    char why[WHY_MAX];

    job->begun_ms = patience_now_ms();
    if (child_start(&job->child, argv) < 0) {
        end.status = errno == ENOENT ? 127 : 126; /* as shells and env(1) have it */
        snprintf(why, sizeof why, "%.3000s: %s", argv[0], strerror(errno));
        fprintf(stderr, "%s: %s\n", CLI.program, why);
        end.reason = why;
    }
    job->reporter = reporter_begin(reporter_job);
    if (job->child.pid > 0)
        follow(job, &end);
    child_forget(&job->child);
    if (job->reporter != NULL)
        reporter_end(job->reporter, &end, job->child.signal_fd);
    return end.signal != 0 ? -end.signal : end.status;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* With its options read. Returns as run. */
static int prepare(struct options *options, char **argv)
{
    const struct reporter_job reporter_job =
        report_options_job(&options->report, &CLI, name_of(argv[0]));
    struct job *job = calloc(1, sizeof *job);
    const char *problem = NULL;
    int status = EXIT_FAILURE;

    if (job == NULL || progress_scan_init(&job->scan) < 0)
        fprintf(stderr, "%s: no memory\n", CLI.program);
    else if (options->pattern != NULL &&
             (problem = progress_scan_use(&job->scan, options->pattern)) != NULL)
        status = cli_usage_error(&CLI, "--pattern %s: %s", options->pattern, problem);
    else {
        job->options = options;
        status = run(job, argv, &reporter_job);
        child_deinit(&job->child);
    }
    if (job != NULL)
        progress_scan_deinit(&job->scan);
    free(job);
    return status;
}

int job_run(int argc, char **argv)
{
    struct options options = {0};
    int status = report_options_read(&options.report, &CLI, &argc, argv);

    if (status == CLI_GO_ON && argc == 1)
        status = cli_usage_error(&CLI, "the command is missing");
    else if (status == CLI_GO_ON) {
        argv[argc] = NULL; /* cli_parse has moved the operands up */
        status = prepare(&options, argv + 1);
    }
    target_deinit(&options.report.target);
    return status < 0 ? last_signal_die(-status) : status;
}
