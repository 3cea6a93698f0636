/* Shared reads of logs. */
#include "log_reads.h"

#include <stdlib.h>
#include <string.h>

struct pending_read {
    struct log_read read;
    TAILQ_HEAD(wait_list, log_wait) waits;
    LIST_ENTRY(pending_read) of_reads;
    char channel[];
};

#define BUCKETS 256 /* after an outage thousands may be on their way */

struct log_reads {
    log_send_fn *send;
    void *context;
    LIST_HEAD(, pending_read) pending[BUCKETS]; /* by channel */
};

struct log_reads *log_reads_new(log_send_fn *send, void *context)
{
    struct log_reads *reads = calloc(1, sizeof *reads);

    if (reads == NULL)
        return NULL;
    reads->send = send;
    reads->context = context;
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&reads->pending[i]);
    return reads;
}

/* FNV-1a. */
static size_t bucket_of(const char *channel)
{
    uint32_t hash = 2166136261u;

    for (; *channel != '\0'; channel++)
        hash = (hash ^ (unsigned char)*channel) * 16777619u;
    return hash % BUCKETS;
}

void log_reads_free(struct log_reads *reads)
{
    if (reads == NULL)
        return;
    log_reads_clear(reads);
    free(reads);
}

/* Whether the answer to `a` also serves who asked for `b`. */
static bool covers(const struct log_read *a, const struct log_read *b)
{
    if (a->is_newest != b->is_newest || event_id_compare(a->upto, b->upto) != 0 ||
        strcmp(a->channel, b->channel) != 0)
        return false;
    return a->is_newest ? a->count >= b->count : event_id_compare(a->after, b->after) <= 0;
}

int log_reads_ask(struct log_reads *reads, struct log_wait *wait, const struct log_read *read)
{
    size_t bucket = bucket_of(read->channel);
    struct pending_read *pending;

    LIST_FOREACH (pending, &reads->pending[bucket], of_reads)
        if (covers(&pending->read, read))
            break;
    if (pending == NULL) {
        pending = calloc(1, sizeof *pending + strlen(read->channel) + 1);
        if (pending == NULL)
            return -1;
        strcpy(pending->channel, read->channel);
        pending->read = *read;
        pending->read.channel = pending->channel;
        TAILQ_INIT(&pending->waits);
        LIST_INSERT_HEAD(&reads->pending[bucket], pending, of_reads);
        reads->send(reads->context, pending, &pending->read);
    }
    wait->pending = pending;
    TAILQ_INSERT_TAIL(&pending->waits, wait, of_read);
    return 0;
}

void log_reads_leave(struct log_wait *wait)
{
    if (wait->pending == NULL)
        return;
    TAILQ_REMOVE(&wait->pending->waits, wait, of_read);
    wait->pending = NULL;
}

const struct log_read *log_reads_of(const struct pending_read *pending)
{
    return &pending->read;
}

void log_reads_answer(struct pending_read *pending, struct page *page)
{
    struct log_wait *wait;

    /* Who is called may ask again: that is a new read, since the answer to this one is here. */
    LIST_REMOVE(pending, of_reads);
    while ((wait = TAILQ_FIRST(&pending->waits)) != NULL) {
        log_reads_leave(wait);
        wait->on_page(wait->context, page);
    }
    free(pending);
}

void log_reads_clear(struct log_reads *reads)
{
    struct pending_read *pending;

    for (size_t i = 0; i < BUCKETS; i++)
        while ((pending = LIST_FIRST(&reads->pending[i])) != NULL) {
            LIST_REMOVE(pending, of_reads);
            free(pending);
        }
}
