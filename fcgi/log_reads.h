/* Reads of channels' logs that are on their way, shared by all who want the same: after an outage
 * thousands of streams do. */
#ifndef SSE_LOG_READS_H
#define SSE_LOG_READS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/event_id.h"
#include "page.h"

/* What is read: the events in (after, upto] from the oldest on; or, `is_newest`, from the newest
 * on, whatever `after` is. At most `count`. */
struct log_read {
    const char *channel;
    struct event_id after;
    struct event_id upto;
    uint32_t count;
    bool is_newest;
};

struct log_wait;
struct log_reads;

/* The page that was read: the reference stays the caller's. NULL: no memory for it. */
typedef void log_page_fn(void *context, struct page *page);

/* Somebody who waits; part of what waits. Zeroed: does not. */
struct log_wait {
    struct pending_read *pending;
    log_page_fn *on_page;
    void *context;
    TAILQ_ENTRY(log_wait) of_read;
};

struct pending_read;

/* Sends a read to Redis; the answer comes by log_reads_answer. */
typedef void log_send_fn(void *context, struct pending_read *pending, const struct log_read *read);

/* NULL without memory. `send` must not call back at once. */
struct log_reads *log_reads_new(log_send_fn *send, void *context);

/* Nobody may wait any more. NULL is fine. */
void log_reads_free(struct log_reads *reads);

/* Waits for a read: one that is on its way, if it covers what is asked for, though its page may
 * then begin before `after`; else a new one. wait->on_page is called once, later. Returns 0, or -1
 * without memory. */
int log_reads_ask(struct log_reads *reads, struct log_wait *wait, const struct log_read *read);

/* Does not wait any more. Fine if it never did. */
void log_reads_leave(struct log_wait *wait);

/* What is asked for; valid until the answer. */
const struct log_read *log_reads_of(const struct pending_read *pending);

/* The answer, NULL without memory for it. */
void log_reads_answer(struct pending_read *pending, struct page *page);

/* The connection is lost: no answer comes any more. Everybody must have left. */
void log_reads_clear(struct log_reads *reads);

#endif
