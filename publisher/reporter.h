/* A job's reports: `start`, `progress`, `log`, and at last `done` or `failed` on its channel.
 *
 * A thread publishes them, so that no Redis, slow or away, holds up the work. While it is away the
 * newest progress waits, and the log lines up to a limit; then each goes out once and in order.
 * It also renews the job's lease, so that responders publish `lost` if this process dies.
 * The bar on the terminal is drawn by the caller's thread, from these calls. */
#ifndef SSE_REPORTER_H
#define SSE_REPORTER_H

#include <stddef.h>
#include <stdint.h>

#include "progress.h"
#include "target.h"

struct reporter;

/* What must live as long as the reporter. */
struct reporter_job {
    const struct target *target; /* its timeout: how long the end waits for Redis */
    const char *program;         /* that says so when Redis is away */
    const char *channel;
    const char *task;  /* UTF-8 */
    uint32_t rate_max; /* progress events a second */
    uint32_t lease_ms; /* without a sign of life for so long it counts as lost (core/keys.h) */
    int bar_fd;        /* for the bar, if it is a terminal; -1 for none */
};

/* Begins, and publishes `start`. All signals should be held back: the thread wants none. NULL when
 * that fails, after it said why. */
struct reporter *reporter_begin(const struct reporter_job *job);

/* How far the job is: moved, kept, total, percent, file and unit (which lives for ever) of
 * `progress` count, the rest is known here. Speed is measured from the first one on: a job may have
 * been far when it began. As often as you like; never waits for Redis. */
void reporter_update(struct reporter *reporter, const struct progress *progress);

/* A line of the job's output, without its end; of one that is too long the beginning. */
void reporter_log(struct reporter *reporter, const char *line, size_t len);

/* Before and after something else is written to the terminal, whose cursor must then be at the
 * beginning of a line. */
void reporter_hide_bar(struct reporter *reporter);
void reporter_show_bar(struct reporter *reporter);

/* Publishes the end, `done` for status 0, else `failed`, with its reason (any bytes; of one that is
 * too long the beginning): waits for Redis until the target's timeout
 * has passed or stop_fd is readable, and says why when it gives up. The reporter is gone then.
 * Returns 0, or -1 when the end is not published. */
int reporter_end(struct reporter *reporter, const struct progress_end *end, int stop_fd);

#endif
