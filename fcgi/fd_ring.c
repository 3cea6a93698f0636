/* A ring of descriptors. Its positions count on for ever, and wrap where the ring does. */
#include "fd_ring.h"

bool fd_ring_is_full(const struct fd_ring *ring)
{
    return ring->count == FD_RING_MAX;
}

void fd_ring_put(struct fd_ring *ring, int fd)
{
    ring->fds[(ring->first + ring->count++) % FD_RING_MAX] = fd;
}

void fd_ring_put_back(struct fd_ring *ring, int fd)
{
    ring->count++;
    ring->fds[--ring->first % FD_RING_MAX] = fd;
}

int fd_ring_take(struct fd_ring *ring)
{
    if (ring->count == 0)
        return -1;
    ring->count--;
    return ring->fds[ring->first++ % FD_RING_MAX];
}
