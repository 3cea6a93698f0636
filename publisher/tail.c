/* Each event: written out or given to a command, then its cursor kept, then counted. */
#include "tail.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cursor_file.h"
#include "follow.h"
#include "tail_command.h"
#include "tail_reset.h"

#define WHY_MAX        1024
#define CHUNK          4096 /* PIPE_BUF: a pipe that poll(2) calls writable takes as much at once */
#define OUT_MAX        (FOLLOW_DATA_MAX * 7 + 65536) /* every byte as \u00NN, names beside it */
#define CURSOR_MAX     65536
#define CURSOR_SAFE_MS 1000

struct tail {
    const struct tail_settings *settings;
    struct patience patience;
    const sigset_t *mask; /* of commands */
    char channel[TAIL_CHANNEL_MAX + 1];
    bool is_wrapped;

    struct buf out;
    struct buf last_id;      /* of the event before, with a NUL */
    struct buf cursor;       /* what the file has, with a NUL */
    uint64_t cursor_safe_ms; /* when it was last written to the disk */
    bool is_cursor_unsafe;   /* since then it has been written, but not so far */
    uint64_t count;
    bool is_open;
    bool was_open;
    bool is_away_told;
    bool has_failed; /* a command */
    bool is_done;    /* what was waited for has come */
    int status;      /* when a handler ended it for another reason */
};

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Some of it came from the server. */
static void say(const char *format, ...)
{
    struct buf line;
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    buf_init(&line, OUT_MAX);
    if (len < 0 || tail_print_visible(&line, text, (size_t)len) < 0)
        fputs("sse-tail: no memory to say what is wrong\n", stderr);
    else
        fprintf(stderr, "sse-tail: %.*s\n", (int)line.len, line.data);
    buf_deinit(&line);
    if (len >= 0)
        free(text);
}

/* --- output ----------------------------------------------------------------------------------- */

/* Whoever reads our output is gone: end as all filters do. */
static void die_of_pipe(void)
{
    sigset_t pipe;

    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &pipe, NULL);
    raise(SIGPIPE);
}

/* A reader that does not read must not keep us from hearing a signal. */
static int write_out(struct tail *tail)
{
    const struct buf *out = &tail->out;
    struct patience patience = tail->patience;

    patience.silence_ms = UINT32_MAX;
    for (size_t at = 0; at < out->len;) {
        size_t len = out->len - at < CHUNK ? out->len - at : CHUNK;
        if (patience_wait(&patience, STDOUT_FILENO, POLLOUT) < 0)
            return -1;
        ssize_t written = write(STDOUT_FILENO, out->data + at, len);
        if (written > 0)
            at += (size_t)written;
        else if (written < 0 && errno == EPIPE)
            die_of_pipe();
        else if (written < 0 && errno != EINTR && errno != EAGAIN) {
            say("standard output: %s", strerror(errno));
            tail->status = EXIT_FAILURE;
            return -1;
        }
    }
    return 0;
}

static int out_of_memory(struct tail *tail)
{
    say("no memory");
    tail->status = EXIT_FAILURE;
    return -1;
}

static int print_event(struct tail *tail, const struct tail_event *event)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    buf_clear(&tail->out);
    uint64_t now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (tail_print(&tail->out, event, tail->settings->form, now_ms) < 0)
        return out_of_memory(tail);
    return write_out(tail);
}

/* What came together is many events; a signal ends it behind the one that is done with. */
static bool is_told_to_stop(const struct tail *tail)
{
    struct pollfd stop = {.fd = tail->patience.stop_fd, .events = POLLIN};

    return poll(&stop, 1, 0) > 0;
}

/* By a signal that was for both of us, from Ctrl-C or a service manager: its work is not done. */
static bool is_cut_short(const struct tail *tail, int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;

    return (number == SIGINT || number == SIGTERM) && is_told_to_stop(tail);
}

static int run_command(struct tail *tail, const struct tail_event *event)
{
    int status = tail_command_run(tail->settings->command, event, tail->mask);

    if (status < 0) {
        say("the command could not be run: %s", strerror(errno));
        tail->status = EXIT_FAILURE;
        return -1;
    }
    if (WIFSIGNALED(status))
        say("the command for event %s ended by signal %d", *event->id ? event->id : "without id",
            WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        say("the command for event %s exits %d", *event->id ? event->id : "without id",
            WEXITSTATUS(status));
    tail->has_failed = tail->has_failed || status != 0;
    return is_cut_short(tail, status) ? -1 : 0; /* the event comes again */
}

/* --- events ----------------------------------------------------------------------------------- */

static int set_text(struct buf *buf, const char *text)
{
    buf_clear(buf);
    return buf_add(buf, text, strlen(text) + 1);
}

static int write_cursor(struct tail *tail, const char *id, bool is_safe)
{
    const char *path = tail->settings->cursor_path;

    if (cursor_file_write(path, id, is_safe) < 0) {
        say("--cursor %s: %s", path, strerror(errno));
        tail->status = EXIT_FAILURE;
        return -1;
    }
    tail->is_cursor_unsafe = !is_safe;
    if (is_safe)
        tail->cursor_safe_ms = patience_now_ms();
    return 0;
}

/* The event is done with: a later run begins behind it. Often enough, and at the end, the cursor is
 * written to the disk; at each event that would slow a busy stream down to the disk's pace. */
static int keep_cursor(struct tail *tail, const char *id)
{
    uint64_t due_ms = tail->cursor_safe_ms + CURSOR_SAFE_MS;

    if (set_text(&tail->last_id, id) < 0)
        return out_of_memory(tail);
    if (tail->settings->cursor_path == NULL || *id == '\0' || strcmp(id, tail->cursor.data) == 0)
        return 0;
    if (write_cursor(tail, id, patience_now_ms() >= due_ms) < 0)
        return -1;
    return set_text(&tail->cursor, id) < 0 ? out_of_memory(tail) : 0;
}

static bool matches(const char *until, const struct tail_event *event)
{
    size_t len = strcspn(until, "=");

    if (strlen(event->name) != len || memcmp(event->name, until, len) != 0)
        return false;
    return until[len] == '\0' || strcmp(until + len + 1, event->data) == 0;
}

static bool is_enough(struct tail *tail, const struct tail_event *event)
{
    const struct tail_settings *settings = tail->settings;

    if (!tail_event_is_own(event))
        tail->count++;
    if (settings->count > 0 && tail->count >= settings->count)
        return true;
    for (size_t i = 0; i < settings->until_count; i++)
        if (matches(settings->until[i], event))
            return true;
    return false;
}

static int tell_reset(struct tail *tail, const struct tail_event *event)
{
    struct buf words;

    buf_init(&words, WHY_MAX);
    int result = tail_reset_describe(&words, event->data);
    if (result == 0)
        say("%.*s", (int)words.len, words.data);
    buf_deinit(&words);
    return result < 0 ? out_of_memory(tail) : 0;
}

static int hand_on(struct tail *tail, const struct tail_event *event)
{
    if (strcmp(event->name, "stream-reset") == 0) {
        if (tell_reset(tail, event) < 0)
            return -1;
        return tail->settings->form == TAIL_JSON && tail->settings->command == NULL
                   ? print_event(tail, event)
                   : 0;
    }
    if (tail_event_is_own(event))
        return 0;
    return tail->settings->command != NULL ? run_command(tail, event) : print_event(tail, event);
}

static int on_event(void *context, const struct sse_parsed *parsed)
{
    struct tail *tail = context;
    struct tail_event event;

    tail_event_init(&event, parsed, tail->last_id.data, tail->channel, tail->is_wrapped);
    int result = hand_on(tail, &event);
    if (result == 0)
        result = keep_cursor(tail, parsed->id);
    tail->is_done = result == 0 && is_enough(tail, &event);
    tail_event_deinit(&event);
    return result < 0 || tail->is_done || is_told_to_stop(tail);
}

static int on_too_large(void *context, const struct sse_parsed *parsed)
{
    struct tail *tail = context;

    say("an event of more than %u MiB is left out%s%s", FOLLOW_DATA_MAX >> 20,
        parsed->id_len > 0 ? ": id " : "", parsed->id);
    return keep_cursor(tail, parsed->id) < 0;
}

/* --- states ----------------------------------------------------------------------------------- */

/* An outage is told once; with -v, everything. */
static void on_state(void *context, enum follow_state state, const char *why, uint32_t wait_ms)
{
    struct tail *tail = context;
    const struct tail_settings *settings = tail->settings;

    if (state == FOLLOW_CONNECTING && settings->is_verbose)
        say("connecting to %s", settings->shown_url);
    if (state == FOLLOW_OPEN && (settings->is_verbose || tail->is_away_told))
        say("open");
    if (state == FOLLOW_OPEN) {
        tail->is_open = tail->was_open = true;
        tail->is_away_told = false;
    }
    if (state != FOLLOW_WAITING)
        return;
    if (settings->is_verbose || (!tail->is_open && !tail->is_away_told))
        say("waiting: %s; next try in %.1f s", why, wait_ms / 1000.0);
    /* The end of a stream is nothing to tell of: the responder's end after some minutes. */
    tail->is_away_told = tail->is_away_told || !tail->is_open;
    tail->is_open = false;
}

static bool is_output_gone(const struct tail_settings *settings)
{
    struct pollfd output = {.fd = settings->http.output_fd};

    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

static bool waits(const struct tail_settings *settings)
{
    return settings->until_count > 0 || settings->count > 0;
}

/* What ended it, as an exit code. */
static int conclude(struct tail *tail, enum http_end end, const struct buf *why, bool *was_stopped)
{
    const struct tail_settings *settings = tail->settings;

    if (end == HTTP_NO_MEMORY)
        return out_of_memory(tail), EXIT_FAILURE;
    if (tail->status != 0)
        return tail->status;
    if (end == HTTP_REFUSED) {
        say("%.*s", (int)why->len, why->data);
        return EXIT_FAILURE;
    }
    if (end == HTTP_OVER && waits(settings) && !tail->is_done) {
        say("the stream is over, and what was waited for has not come");
        return EXIT_FAILURE;
    }
    if (end == HTTP_OVER || tail->is_done)
        return tail->has_failed ? EXIT_FAILURE : EX_OK;
    if (is_output_gone(settings))
        die_of_pipe();
    if (patience_now_ms() < tail->patience.deadline_ms) {
        *was_stopped = true;
        return EX_OK;
    }
    double seconds = settings->timeout_ms / 1000.0;
    if (tail->was_open && !waits(settings))
        say("the time is up: %.10g s", seconds);
    else
        say("%s in %.10g s", tail->was_open ? "what was waited for has not come" : "no stream",
            seconds);
    return tail->was_open ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int begin(struct tail *tail)
{
    const char *path = tail->settings->cursor_path;

    tail_event_channel(tail->channel, tail->settings->http.url);
    tail->is_wrapped = tail_event_url_wraps(tail->settings->http.url);
    if (path != NULL && cursor_file_read(path, &tail->cursor) < 0) {
        say("--cursor %s: %s", path,
            errno == EINVAL ? "this file holds no cursor" : strerror(errno));
        return -1;
    }
    /* Now, and not when an event's command has run, which would run again at each start. */
    if (path != NULL && cursor_file_check(path) < 0) {
        say("--cursor %s: it cannot be replaced: %s.new cannot be made (its folder must be there, "
            "and writable): %s",
            path, path, strerror(errno));
        return -1;
    }
    if (path == NULL && set_text(&tail->cursor, "") < 0)
        return out_of_memory(tail);
    return set_text(&tail->last_id, tail->cursor.data) < 0 ? out_of_memory(tail) : 0;
}

int tail_run(const struct tail_settings *settings, struct stop *stop, bool *was_stopped)
{
    static const struct follow_handlers HANDLERS = {on_event, on_too_large, on_state};
    struct tail tail = {.settings = settings,
                        .patience = {PATIENCE_FOREVER, settings->silence_ms, stop->fd},
                        .mask = &stop->before};
    int status = EXIT_FAILURE;
    struct buf why;

    if (settings->timeout_ms > 0)
        tail.patience.deadline_ms = patience_now_ms() + settings->timeout_ms;
    buf_init(&why, WHY_MAX);
    buf_init(&tail.out, OUT_MAX);
    buf_init(&tail.last_id, FOLLOW_LINE_MAX * 3);
    buf_init(&tail.cursor, FOLLOW_LINE_MAX * 3);
    *was_stopped = false;
    if (begin(&tail) == 0) {
        enum http_end end =
            follow_run(&settings->http, tail.cursor.data, &tail.patience, &HANDLERS, &tail, &why);
        if (tail.is_cursor_unsafe && tail.status == 0)
            write_cursor(&tail, tail.cursor.data, true);
        status = conclude(&tail, end, &why, was_stopped);
    }
    buf_deinit(&tail.cursor);
    buf_deinit(&tail.last_id);
    buf_deinit(&tail.out);
    buf_deinit(&why);
    return status;
}
