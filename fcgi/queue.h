/* Records that wait for one client. */
#ifndef SSE_QUEUE_H
#define SSE_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "record.h"

/* A ring of references. Zeroed: an empty queue. */
struct queue {
    struct record **ring;
    uint32_t cap; /* a power of two, or 0 */
    uint32_t head;
    uint32_t count;
    size_t sent;  /* bytes of the first record that are gone already */
    size_t bytes; /* that wait, in all */
};

/* Adds the record, and owns the reference from now on. Returns 0; or -1 without memory, the queue
 * as before and the reference let go. */
int queue_take(struct queue *queue, struct record *record);

/* Bytes that wait behind the first record. */
size_t queue_bytes_behind(const struct queue *queue);

/* Fills in up to `max` vectors with what waits, in order. Returns how many. */
int queue_gather(const struct queue *queue, struct iovec *vectors, int max);

/* The first `len` bytes are written. */
void queue_advance(struct queue *queue, size_t len);

/* Empties the queue and frees its memory. */
void queue_deinit(struct queue *queue);

#endif
