/* What waits to be published: events in order, and behind them the newest progress, of which older
 * ones are dropped. No thread, no clock. */
#ifndef SSE_MAILBOX_H
#define SSE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/buf.h"

#define MAILBOX_LETTERS_MAX 1000 /* in order; of more the oldest log line is dropped */

struct letter {
    STAILQ_ENTRY(letter) next;
    const char *event; /* not owned */
    bool is_log;
    uint64_t dropped; /* log lines just before this one */
    size_t len;
    char data[]; /* with a NUL behind */
};

struct mailbox {
    STAILQ_HEAD(, letter) letters;
    size_t count;
    struct letter *newest; /* progress, or NULL */
    struct letter *last;   /* the end, or NULL */
    uint64_t due_ms;       /* progress goes out no sooner */
    uint32_t period_ms;    /* from one progress to the next */
};

void mailbox_init(struct mailbox *mailbox, uint32_t period_ms);
void mailbox_deinit(struct mailbox *mailbox);

/* Each copies `data` and returns 0; or -1 without memory, and nothing has changed. */
int mailbox_add(struct mailbox *mailbox, const char *event, const char *data, size_t len);
int mailbox_add_log(struct mailbox *mailbox, const char *data, size_t len);
int mailbox_set_newest(struct mailbox *mailbox, const char *data, size_t len);
int mailbox_set_last(struct mailbox *mailbox, const char *event, const char *data, size_t len);

/* Takes out what is next at `now_ms`, to be freed by free(3); nothing comes behind the end, and
 * before it progress waits for nothing. NULL for nothing yet, and then *wait_ms is for how long, or
 * UINT64_MAX until something is added. */
struct letter *mailbox_take(struct mailbox *mailbox, uint64_t now_ms, uint64_t *wait_ms);

#endif
