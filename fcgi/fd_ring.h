/* Descriptors that wait, first in, first out. */
#ifndef SSE_FD_RING_H
#define SSE_FD_RING_H

#include <stdbool.h>

#define FD_RING_MAX 1024

/* Zeroed: empty. */
struct fd_ring {
    int fds[FD_RING_MAX];
    unsigned first, count;
};

bool fd_ring_is_full(const struct fd_ring *ring);

/* Puts one behind the others. There must be room. */
void fd_ring_put(struct fd_ring *ring, int fd);

/* Puts the one that was taken last back to the front. There must be room. */
void fd_ring_put_back(struct fd_ring *ring, int fd);

/* Takes the first; -1 if there is none. */
int fd_ring_take(struct fd_ring *ring);

#endif
