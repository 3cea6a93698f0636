/* The caller's thread fills a mailbox, ours empties it: ours is the thread that waits. */
#include "reporter.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "away.h"
#include "bar.h"
#include "core/json.h"
#include "core/utf8.h"
#include "dispatch.h"
#include "mailbox.h"
#include "patience.h"
#include "rate.h"

#define DATA_MAX      32768
#define LOG_MAX       4096       /* bytes of a line, and of a reason */
#define AS_LONG_AS_MS 2000000000 /* 23 days; then it is tried anew */
#define ONE_TRY_MS    3500
#define LEAVING_MS    1000

struct reporter {
    struct reporter_job job;
    /* The caller's thread only. */
    struct progress progress;
    struct rate rate, fraction; /* of `moved`; of percent */
    struct bar bar;
    /* Both, under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t has_mail;
    struct mailbox mailbox;
    char away[AWAY_WORDS_MAX]; /* what is said of Redis while it is; else "" */
    /* The publishing thread only, once it runs. */
    pthread_t thread;
    struct dispatch dispatch;
    bool is_last_lost; /* the end was not published */
    int cancel_fd;     /* readable: give up */
    int done_fd;       /* readable: the thread has ended */
};

/* --- the thread ------------------------------------------------------------------------------- */

static void on_notice(void *context, const char *why)
{
    struct reporter *reporter = context;

    pthread_mutex_lock(&reporter->lock);
    reporter->away[0] = '\0';
    if (why != NULL)
        away_words(reporter->away, &reporter->job.target->redis, why);
    pthread_mutex_unlock(&reporter->lock);
    if (reporter->dispatch.was_refused)
        return; /* it is there, and what it says is said */
    if (why != NULL)
        dispatch_say(&reporter->dispatch, reporter->away, "; the job goes on");
    else
        dispatch_say(&reporter->dispatch, "Redis is back", "");
}

/* The next letter, waited for; *is_last when nothing will come behind it. NULL when the lease is
 * due first, which the end itself does not wait for. */
static struct letter *next_letter(struct reporter *reporter, bool *is_last)
{
    struct letter *letter;
    uint64_t wait_ms;

    pthread_mutex_lock(&reporter->lock);
    for (;;) {
        uint64_t now = patience_now_ms();
        uint64_t due_ms = reporter->dispatch.lease.due_ms;
        *is_last = reporter->mailbox.last != NULL;
        letter = NULL;
        if (now >= due_ms && !(*is_last && STAILQ_EMPTY(&reporter->mailbox.letters)))
            break;
        letter = mailbox_take(&reporter->mailbox, now, &wait_ms);
        if (letter != NULL)
            break;
        if (due_ms != LEASE_NEVER && due_ms - now < wait_ms)
            wait_ms = due_ms - now;
        if (wait_ms == UINT64_MAX) {
            pthread_cond_wait(&reporter->has_mail, &reporter->lock);
        } else {
            struct timespec until = {.tv_sec = (time_t)((now + wait_ms) / 1000),
                                     .tv_nsec = (long)((now + wait_ms) % 1000) * 1000000};
            pthread_cond_timedwait(&reporter->has_mail, &reporter->lock, &until);
        }
    }
    *is_last = *is_last && reporter->mailbox.last == NULL;
    pthread_mutex_unlock(&reporter->lock);
    return letter;
}

static bool is_cancelled(const struct reporter *reporter)
{
    struct pollfd fd = {.fd = reporter->cancel_fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

static void *publish_all(void *context)
{
    struct reporter *reporter = context;
    bool is_last = false;

    while (!is_last) {
        struct letter *letter = next_letter(reporter, &is_last);
        if (letter == NULL) {
            dispatch_renewal(&reporter->dispatch);
            continue;
        }
        bool is_lost = dispatch_letter(&reporter->dispatch, letter) < 0;
        free(letter);
        if (is_cancelled(reporter)) {
            is_lost = is_lost || !is_last;
            is_last = true;
        }
        reporter->is_last_lost = is_lost;
    }
    eventfd_write(reporter->done_fd, 1);
    return NULL;
}

/* --- the caller's side ------------------------------------------------------------------------ */

static void reporter_free(struct reporter *reporter)
{
    dispatch_deinit(&reporter->dispatch);
    mailbox_deinit(&reporter->mailbox);
    pthread_cond_destroy(&reporter->has_mail);
    pthread_mutex_destroy(&reporter->lock);
    if (reporter->cancel_fd >= 0)
        close(reporter->cancel_fd);
    if (reporter->done_fd >= 0)
        close(reporter->done_fd);
    free(reporter);
}

enum place { START, NEWEST, LAST };

/* Puts the progress, as it is now, into the mailbox. */
static int post(struct reporter *reporter, enum place place)
{
    struct mailbox *mailbox = &reporter->mailbox;
    struct buf data;

    buf_init(&data, DATA_MAX);
    int result = progress_encode(&data, &reporter->progress);
    if (place != LAST)
        lease_bequeath(&reporter->dispatch.lease, &reporter->progress);
    pthread_mutex_lock(&reporter->lock);
    if (result == 0 && place == START)
        result = mailbox_add(mailbox, "start", data.data, data.len);
    else if (result == 0 && place == NEWEST)
        result = mailbox_set_newest(mailbox, data.data, data.len);
    else if (result == 0)
        result = mailbox_set_last(mailbox, reporter->progress.state, data.data, data.len);
    pthread_cond_signal(&reporter->has_mail);
    pthread_mutex_unlock(&reporter->lock);
    buf_deinit(&data);
    return result;
}

static int prepare(struct reporter *reporter)
{
    const struct reporter_job *job = &reporter->job;
    const struct redis_patience patience = {.timeout_ms = AS_LONG_AS_MS,
                                            .stop_fd = &reporter->cancel_fd,
                                            .notice = on_notice,
                                            .context = reporter};

    reporter->cancel_fd = eventfd(0, EFD_CLOEXEC);
    reporter->done_fd = eventfd(0, EFD_CLOEXEC);
    if (reporter->cancel_fd < 0 || reporter->done_fd < 0 ||
        dispatch_init(&reporter->dispatch, job->target, job->program, job->channel, job->lease_ms,
                      &patience) < 0)
        return -1;
    bar_init(&reporter->bar, job->bar_fd);
    if (post(reporter, START) < 0)
        return -1;
    errno = pthread_create(&reporter->thread, NULL, publish_all, reporter);
    return errno == 0 ? 0 : -1;
}

struct reporter *reporter_begin(const struct reporter_job *job)
{
    struct reporter *reporter = calloc(1, sizeof *reporter);
    pthread_condattr_t monotonic;

    if (reporter == NULL) {
        fprintf(stderr, "%s: no memory\n", job->program);
        return NULL;
    }
    reporter->job = *job;
    reporter->cancel_fd = reporter->done_fd = -1;
    reporter->progress = (struct progress){.task = job->task, .state = "running"};
    mailbox_init(&reporter->mailbox, 1000 / job->rate_max);
    pthread_mutex_init(&reporter->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&reporter->has_mail, &monotonic);
    pthread_condattr_destroy(&monotonic);
    errno = ENOMEM;
    if (prepare(reporter) == 0)
        return reporter;
    fprintf(stderr, "%s: %s\n", job->program, strerror(errno));
    reporter_free(reporter);
    return NULL;
}

/* How fast, and how long yet: by the share that is done, which is known wherever an end is. */
static void estimate(struct reporter *reporter, uint64_t now_ms)
{
    struct progress *progress = &reporter->progress;
    struct progress own = *progress; /* without what was there before */
    double percent, own_percent;

    own.moved -= own.kept;
    rate_add(&reporter->rate, now_ms, (double)own.moved);
    progress->rate = rate_per_second(&reporter->rate);
    progress->has_eta = false;
    if (!progress_percent(progress, &percent) || !progress_percent(&own, &own_percent))
        return;
    rate_add(&reporter->fraction, now_ms, own_percent);
    double speed = rate_per_second(&reporter->fraction);
    if (progress->unit != NULL && strcmp(progress->unit, "%") == 0)
        progress->rate = speed;
    progress->has_eta = speed > 0;
    progress->eta_s = percent < 100 && speed > 0 ? (100 - percent) / speed : 0;
}

void reporter_update(struct reporter *reporter, const struct progress *progress)
{
    struct progress *own = &reporter->progress;
    uint64_t now_ms = patience_now_ms();

    if (own->unit != progress->unit)
        reporter->rate = reporter->fraction = (struct rate){0}; /* it counts other things now */
    own->moved = progress->moved;
    own->kept = progress->kept;
    own->total = progress->total;
    own->unit = progress->unit;
    own->has_percent = progress->has_percent;
    own->percent = progress->percent;
    own->file = progress->file;
    estimate(reporter, now_ms);
    post(reporter, NEWEST);
    if (reporter->bar.is_shown)
        bar_draw(&reporter->bar, own, now_ms);
    own->file = NULL; /* the caller's */
}

void reporter_log(struct reporter *reporter, const char *line, size_t len)
{
    struct buf text, data;

    buf_init(&text, 3 * LOG_MAX);
    buf_init(&data, DATA_MAX);
    if (utf8_repair(&text, line, len < LOG_MAX ? len : LOG_MAX) == 0 &&
        buf_adds(&data, "{\"task\":") == 0 &&
        json_add_string(&data, reporter->job.task, strlen(reporter->job.task)) == 0 &&
        buf_adds(&data, ",\"line\":") == 0 &&
        json_add_string(&data, text.data != NULL ? text.data : "", text.len) == 0 &&
        buf_adds(&data, "}") == 0) {
        pthread_mutex_lock(&reporter->lock);
        mailbox_add_log(&reporter->mailbox, data.data, data.len);
        pthread_cond_signal(&reporter->has_mail);
        pthread_mutex_unlock(&reporter->lock);
    }
    buf_deinit(&data);
    buf_deinit(&text);
}

void reporter_hide_bar(struct reporter *reporter)
{
    bar_hide(&reporter->bar);
}

void reporter_show_bar(struct reporter *reporter)
{
    if (!reporter->bar.is_shown)
        bar_draw(&reporter->bar, &reporter->progress, patience_now_ms());
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Waits until the thread has ended, for so long as the end may wait, and tells it then to give up.
 * Returns whether it has ended; *gave_up is 0 or why it was told so: ETIMEDOUT, ECANCELED. */
static bool await_thread(struct reporter *reporter, int stop_fd, int *gave_up)
{
    uint32_t timeout_ms = reporter->job.target->timeout_ms;

    pthread_mutex_lock(&reporter->lock);
    if (timeout_ms == 0)
        timeout_ms = reporter->away[0] != '\0' ? 1 : ONE_TRY_MS;
    pthread_mutex_unlock(&reporter->lock);
    const struct patience patience = {.deadline_ms = patience_now_ms() + timeout_ms,
                                      .silence_ms = UINT32_MAX,
                                      .stop_fd = stop_fd};
    *gave_up = 0;
    if (patience_wait(&patience, reporter->done_fd, POLLIN) == 0)
        return true;
    *gave_up = errno;
    eventfd_write(reporter->cancel_fd, 1);
    const struct patience leaving = {
        .deadline_ms = patience_now_ms() + LEAVING_MS, .silence_ms = UINT32_MAX, .stop_fd = -1};
    return patience_wait(&leaving, reporter->done_fd, POLLIN) == 0;
}

/* Says why the end is not published: `error`, or with 0 what the thread, which has ended, says. */
static void say_lost(struct reporter *reporter, int error)
{
    char words[AWAY_WORDS_MAX];

    pthread_mutex_lock(&reporter->lock);
    if (error == 0)
        strcpy(words, reporter->dispatch.error);
    else if (error == ETIMEDOUT && reporter->away[0] != '\0')
        strcpy(words, reporter->away);
    else if (error == ETIMEDOUT)
        away_words(words, &reporter->job.target->redis, patience_explain(error));
    else
        snprintf(words, sizeof words, "%s", patience_explain(error));
    pthread_mutex_unlock(&reporter->lock);
    fprintf(stderr, "%s: the end of %s is not published: %s\n", reporter->job.program,
            reporter->job.channel, words);
}

/* Puts the end into the mailbox. */
static int post_end(struct reporter *reporter, const struct progress_end *end)
{
    struct progress *progress = &reporter->progress;
    struct progress_end told = *end;
    struct buf reason;

    buf_init(&reason, 3 * LOG_MAX + 1);
    if (end->reason != NULL) {
        bool is_said = utf8_repair(&reason, end->reason, strnlen(end->reason, LOG_MAX)) == 0 &&
                       buf_add(&reason, "", 1) == 0;
        told.reason = is_said ? reason.data : NULL;
    }
    progress->state = end->status == 0 ? "done" : "failed";
    progress->end = &told;
    progress->has_eta = false;
    if (end->duration_ms > 0)
        progress->rate =
            (double)(progress->moved - progress->kept) * 1000 / (double)end->duration_ms;
    int result = post(reporter, LAST);
    progress->end = NULL;
    buf_deinit(&reason);
    return result;
}

int reporter_end(struct reporter *reporter, const struct progress_end *end, int stop_fd)
{
    bar_hide(&reporter->bar);
    int posted = post_end(reporter, end);
    int gave_up = 0;
    /* Where a host's name is being looked up nothing ends that: thread and memory are left to it.
     */
    bool has_ended = posted == 0 && await_thread(reporter, stop_fd, &gave_up);
    if (has_ended)
        pthread_join(reporter->thread, NULL);
    bool is_lost = !has_ended || reporter->is_last_lost;
    if (is_lost)
        say_lost(reporter, posted < 0 ? ENOMEM : gave_up);
    if (has_ended)
        reporter_free(reporter);
    return is_lost ? -1 : 0;
}
