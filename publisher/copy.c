/* The copier, with its progress on a channel. */
#include "copy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"
#include "copier.h"
#include "core/utf8.h"
#include "last_signal.h"
#include "patience.h"
#include "progress.h"
#include "report_options.h"
#include "reporter.h"
#include "stop.h"

#define UPDATE_MS 20 /* more often nobody looks: files may be small, and many */
#define FILE_MAX  4096

struct options {
    struct report_options report;
    bool is_move;
};

static const char *set_move(void *context, const char *value)
{
    (void)value;
    ((struct options *)context)->is_move = true;
    return NULL;
}

static const struct cli_option OPTIONS[] = {
    {"move", 0, NULL, "rename; where that cannot be, copy and remove", set_move}, REPORT_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress copy",
    .usage = "sse-progress copy [OPTION]... SOURCE... TARGET",
    .about = "Copies files and trees as cp -a does, and reports the bytes. Run again after an\n"
             "interruption it goes on where it was; what is not whole has a hidden name, and a\n"
             "file of the same size and mtime is done.\n\n"
             "  sse-progress copy photos /mnt/backup\n"
             "  sse-progress copy -c jobs/iso debian.iso /srv/images/debian.iso\n"
             "  sse-progress copy --move /var/spool/out/* /mnt/archive\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- what the copier calls -------------------------------------------------------------------- */

struct session {
    struct stop stop;
    int signal; /* that stopped it, or 0 */
    struct reporter *reporter;
    uint64_t due_ms;
};

static void report(struct session *session, const struct copy_state *state)
{
    const char *path = state->file;
    struct buf file;

    buf_init(&file, 3 * FILE_MAX);
    bool has_file = path != NULL && utf8_repair(&file, path, strnlen(path, FILE_MAX)) == 0 &&
                    buf_add(&file, "", 1) == 0;
    const struct progress progress = {.unit = "bytes",
                                      .moved = state->moved,
                                      .kept = state->kept,
                                      .total = state->total,
                                      .file = has_file ? file.data : NULL};
    reporter_update(session->reporter, &progress);
    reporter_show_bar(session->reporter);
    buf_deinit(&file);
}

static void on_progress(void *context, const struct copy_state *state)
{
    struct session *session = context;
    uint64_t now = patience_now_ms();

    if (now < session->due_ms)
        return;
    session->due_ms = now + UPDATE_MS;
    report(session, state);
}

static void on_complaint(void *context, const char *what)
{
    struct session *session = context;

    reporter_hide_bar(session->reporter);
    fprintf(stderr, "%s: %s\n", CLI.program, what);
    reporter_show_bar(session->reporter);
    reporter_log(session->reporter, what, strlen(what));
}

/* Takes the signal: the next one is for whoever waits for the end to be published. */
static bool is_stopped(void *context)
{
    struct session *session = context;
    struct signalfd_siginfo info;

    if (session->signal == 0 && read(session->stop.fd, &info, sizeof info) == sizeof info)
        session->signal = (int)info.ssi_signo;
    return session->signal != 0;
}

/* --- the command ------------------------------------------------------------------------------ */

static int exit_code(const struct session *session, enum copy_end end)
{
    if (end == COPY_STOPPED)
        return 128 + session->signal;
    return end == COPY_DONE ? EX_OK : EXIT_FAILURE;
}

/* What is published at last is how it is, whatever the copier told meanwhile. */
static int copy_and_report(struct session *session, const struct copy_request *request)
{
    const struct copy_handlers handlers = {on_progress, on_complaint, is_stopped, session};
    uint64_t start = patience_now_ms();
    struct copy_state state;

    enum copy_end end = copier_run(request, &handlers, &state);
    report(session, &state);
    const struct progress_end told = {.status = exit_code(session, end),
                                      .signal = session->signal,
                                      .duration_ms = patience_now_ms() - start};
    reporter_hide_bar(session->reporter);
    if (end == COPY_STOPPED)
        fprintf(stderr,
                "%s: stopped at %llu of %llu bytes; run it again, and it goes on from there\n",
                CLI.program, (unsigned long long)state.moved, (unsigned long long)state.total);
    reporter_end(session->reporter, &told, session->stop.fd);
    return told.status;
}

static int run(struct options *options, const struct copy_request *request)
{
    struct session session = {0};
    const struct reporter_job job = report_options_job(&options->report, &CLI, "copy");
    int status = EXIT_FAILURE;

    if (stop_init(&session.stop) < 0) {
        perror(CLI.program);
        return EXIT_FAILURE;
    }
    stop_hold(&session.stop);
    session.reporter = reporter_begin(&job);
    if (session.reporter != NULL)
        status = copy_and_report(&session, request);
    stop_release(&session.stop);
    stop_deinit(&session.stop);
    return session.signal != 0 ? last_signal_die(session.signal) : status;
}

int copy_run(int argc, char **argv)
{
    struct options options = {0};
    int status = report_options_read(&options.report, &CLI, &argc, argv);

    signal(SIGPIPE, SIG_IGN);
    if (status == CLI_GO_ON && argc < 3)
        status = cli_usage_error(&CLI, "%s",
                                 argc == 1 ? "the source is missing" : "the target is missing");
    if (status == CLI_GO_ON) {
        const struct copy_request request = {.sources = argv + 1,
                                             .count = (size_t)argc - 2,
                                             .target = argv[argc - 1],
                                             .is_move = options.is_move};
        status = run(&options, &request);
    }
    target_deinit(&options.report.target);
    return status;
}
