/* A ring of records. It grows by doubling; a ring that grew large is given back when it runs empty,
 * so that a thousand idle streams hold next to nothing. */
#include "queue.h"

#include <stdlib.h>

#define FIRST_CAP 8
#define KEPT_CAP  32

static struct record **slot(const struct queue *queue, uint32_t i)
{
    return &queue->ring[(queue->head + i) & (queue->cap - 1)];
}

static int grow(struct queue *queue)
{
    uint32_t cap = queue->cap ? queue->cap * 2 : FIRST_CAP;
    struct record **ring = malloc(cap * sizeof(*ring));

    if (ring == NULL)
        return -1;
    for (uint32_t i = 0; i < queue->count; i++)
        ring[i] = *slot(queue, i);
    free(queue->ring);
    queue->ring = ring;
    queue->cap = cap;
    queue->head = 0;
    return 0;
}

int queue_take(struct queue *queue, struct record *record)
{
    if (queue->count == queue->cap && grow(queue) < 0) {
        record_unref(record);
        return -1;
    }
    queue->count++;
    *slot(queue, queue->count - 1) = record;
    queue->bytes += record->len;
    return 0;
}

size_t queue_bytes_behind(const struct queue *queue)
{
    return queue->count == 0 ? 0 : queue->bytes - ((*slot(queue, 0))->len - queue->sent);
}

int queue_gather(const struct queue *queue, struct iovec *vectors, int max)
{
    int n = 0;

    for (; n < max && (uint32_t)n < queue->count; n++) {
        struct record *record = *slot(queue, (uint32_t)n);
        size_t skip = n == 0 ? queue->sent : 0;
        vectors[n].iov_base = record->bytes + skip;
        vectors[n].iov_len = record->len - skip;
    }
    return n;
}

void queue_advance(struct queue *queue, size_t len)
{
    queue->bytes -= len;
    queue->sent += len;
    while (queue->count > 0 && queue->sent >= (*slot(queue, 0))->len) {
        queue->sent -= (*slot(queue, 0))->len;
        record_unref(*slot(queue, 0));
        queue->head++;
        queue->count--;
    }
    if (queue->count == 0 && queue->cap > KEPT_CAP)
        queue_deinit(queue);
}

void queue_deinit(struct queue *queue)
{
    while (queue->count > 0) {
        record_unref(*slot(queue, 0));
        queue->head++;
        queue->count--;
    }
    free(queue->ring);
    *queue = (struct queue){0};
}
