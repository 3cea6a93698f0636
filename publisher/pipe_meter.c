/* A relay between two descriptors, and a reporter that is told how far it is. */
#include "pipe_meter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/number.h"
#include "last_signal.h"
#include "patience.h"
#include "relay.h"
#include "report_options.h"
#include "reporter.h"
#include "stop.h"

struct options {
    struct report_options report;
    size_t size; /* bytes; 0: not known */
};

static const char *set_size(void *context, const char *value)
{
    struct options *options = context;

    return number_parse_bytes(value, 1, SIZE_MAX / 2, &options->size) < 0
               ? "must be bytes: a number, perhaps with k or M behind it"
               : NULL;
}

static const struct cli_option OPTIONS[] = {
    {"size", 's', "BYTES", "how much will come; a file's size is known", set_size}, REPORT_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress pipe",
    .usage = "sse-progress pipe [OPTION]...",
    .about = "Passes standard input to standard output and publishes how far it is.\n\n"
             "  sse-progress pipe -c jobs/load < dump.sql | mysql shop\n"
             "  curl -s https://example.org/large.iso | sse-progress pipe > large.iso\n"
             "  tar c /home | sse-progress pipe -t backup --size 9000M | zstd > home.tar.zst\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* What is left of standard input, if it is a file. */
static uint64_t size_of_input(void)
{
    struct stat status;
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

    if (at < 0 || fstat(STDIN_FILENO, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size < at)
        return 0;
    return (uint64_t)(status.st_size - at);
}

/* Whether standard output can be written to: without a byte to write nothing else would tell. */
static int check_output(void)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return 0;
    errno = EBADF;
    return -1;
}

/* Moves bytes until the end, an error or a signal. Returns 0; or -1 with errno, ECANCELED for a
 * signal, and in *where the side that has failed. */
static int move(struct relay *relay, struct reporter *reporter, struct progress *progress,
                int stop_fd, const char **where)
{
    *where = "standard output";
    if (check_output() < 0)
        return -1;
    *where = "poll"; /* it fails */
    for (;;) {
        struct pollfd fds[3] = {{.fd = stop_fd, .events = POLLIN}};
        relay_await(relay, &fds[1], &fds[2]);
        if (poll(fds, 3, -1) < 0) {
            if (errno != EINTR)
                return -1;
            continue;
        }
        if (fds[0].revents != 0) {
            errno = ECANCELED;
            return -1;
        }
        *where = "standard input";
        ssize_t n = fds[1].revents != 0 ? relay_read(relay) : 1;
        if (n > 0 && fds[2].revents != 0) {
            *where = "standard output";
            n = relay_write(relay);
            if (n > 0)
                progress->moved += (uint64_t)n;
            reporter_update(reporter, progress);
        }
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            return 0;
    }
}

/* How it ended, when moving did with this error, or 0; what is said of it stays in `why`. Who reads
 * what we wrote need not wait for Redis; and a file system may say only now that it could not be
 * written. */
static struct progress_end conclude(int error, const char *where, const struct stop *stop,
                                    char *why, size_t size)
{
    struct progress_end end = {.status = EXIT_FAILURE};
    struct signalfd_siginfo info;

    if (close(STDOUT_FILENO) < 0 && error == 0) {
        where = "standard output";
        error = errno;
    }
    if (error == 0) {
        end.status = EXIT_SUCCESS;
    } else if (error == EPIPE) {
        end.signal = SIGPIPE; /* as of any command in a pipe */
    } else if (error == ECANCELED && read(stop->fd, &info, sizeof info) == sizeof info) {
        end.signal = (int)info.ssi_signo;
    } else {
        snprintf(why, size, "%s: %s", where, strerror(error));
        fprintf(stderr, "%s: %s\n", CLI.program, why);
        end.reason = why;
    }
    if (end.signal != 0)
        end.status = 128 + end.signal;
    return end;
}

/* Returns the exit code, or minus a signal. */
static int meter(struct options *options, struct stop *stop, struct relay *relay)
{
    struct reporter_job job = report_options_job(&options->report, &CLI, "pipe");
    struct progress progress = {.unit = "bytes",
                                .total = options->size > 0 ? options->size : size_of_input()};
    const char *where;
    char why[200];
    uint64_t begun_ms = patience_now_ms();

    relay_init(relay, STDIN_FILENO, STDOUT_FILENO);
    stop_hold(stop);
    struct reporter *reporter = reporter_begin(&job);
    if (reporter == NULL)
        return EXIT_FAILURE;
    reporter_update(reporter, &progress);
    reporter_show_bar(reporter);
    int error = move(relay, reporter, &progress, stop->fd, &where) < 0 ? errno : 0;
    reporter_hide_bar(reporter);
    struct progress_end end = conclude(error, where, stop, why, sizeof why);
    end.duration_ms = patience_now_ms() - begun_ms;
    reporter_end(reporter, &end, stop->fd);
    return end.signal != 0 ? -end.signal : end.status;
}

int pipe_meter_run(int argc, char **argv)
{
    struct options options = {0};
    struct stop stop;
    struct relay *relay = NULL;
    int status = report_options_read(&options.report, &CLI, &argc, argv);

    signal(SIGPIPE, SIG_IGN);
    if (status == CLI_GO_ON && argc > 1)
        status = cli_usage_error(&CLI, "\"%.100s\": it takes only options", argv[1]);
    if (status == CLI_GO_ON && stop_init(&stop) < 0) {
        fprintf(stderr, "%s: %s\n", CLI.program, strerror(errno));
        status = EXIT_FAILURE;
    }
    if (status == CLI_GO_ON) {
        relay = malloc(sizeof *relay);
        status = relay != NULL ? meter(&options, &stop, relay) : EXIT_FAILURE;
        stop_deinit(&stop);
    }
    free(relay);
    target_deinit(&options.report.target);
    return status < 0 ? last_signal_die(-status) : status;
}
