/* SEEK_DATA and SEEK_HOLE, copy_file_range(2), and pread(2) with pwrite(2) where that fails. */
#include "copy_data.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Between two looks at the stop and two calls of the progress handler. */
#define RANGE_BYTES ((size_t)4 << 20)
#define HAND_BYTES  ((size_t)256 << 10)

struct mover {
    int in, out;
    bool by_hand;
    char *bytes; /* HAND_BYTES, once they are needed */
};

int copy_data_next(int fd, off_t offset, off_t size, off_t *start, off_t *end)
{
    if (offset >= size)
        return 0;
    *start = lseek(fd, offset, SEEK_DATA);
    if (*start < 0 && errno == ENXIO)
        return 0;
    if (*start < 0 && (errno == EINVAL || errno == EOPNOTSUPP)) {
        *start = offset;
        *end = size;
        return 1;
    }
    if (*start < 0)
        return -1;
    if (*start >= size)
        return 0;
    *end = lseek(fd, *start, SEEK_HOLE);
    if (*end < 0)
        return -1;
    if (*end > size)
        *end = size;
    return 1;
}

off_t copy_data_size(int fd, off_t size)
{
    off_t sum = 0, start, end = 0;
    int found;

    while ((found = copy_data_next(fd, end, size, &start, &end)) > 0)
        sum += end - start;
    return found < 0 ? -1 : sum;
}

/* Of copy_file_range: not this time, not these files. What is wrong with the disk is none. */
static bool is_refusal(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP ||
           error == EBADF || error == EPERM || error == ETXTBSY;
}

static ssize_t move_by_hand(struct mover *mover, off_t at, size_t len)
{
    if (mover->bytes == NULL && (mover->bytes = malloc(HAND_BYTES)) == NULL)
        return -1;
    ssize_t n = pread(mover->in, mover->bytes, len < HAND_BYTES ? len : HAND_BYTES, at);
    if (n == 0)
        errno = ENODATA;
    if (n <= 0)
        return -1;
    return pwrite(mover->out, mover->bytes, (size_t)n, at);
}

/* Moves at most `len` bytes. Returns how many; or -1 with errno. */
static ssize_t move_some(struct mover *mover, off_t at, size_t len)
{
    off_t in_at = at, out_at = at;

    if (mover->by_hand)
        return move_by_hand(mover, at, len);
    ssize_t n = copy_file_range(mover->in, &in_at, mover->out, &out_at,
                                len < RANGE_BYTES ? len : RANGE_BYTES, 0);
    if (n > 0 || (n < 0 && !is_refusal(errno)))
        return n;
    mover->by_hand = true; /* 0 too: some filesystems say so of files that do have data */
    return move_by_hand(mover, at, len);
}

static int move_stretch(struct copy_job *job, struct mover *mover, off_t start, off_t end)
{
    while (start < end) {
        if (copy_is_stopped(job)) {
            errno = ECANCELED;
            return -1;
        }
        ssize_t n = move_some(mover, start, (size_t)(end - start));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        start += n;
        copy_count(job, (uint64_t)n);
    }
    return 0;
}

int copy_data(struct copy_job *job, int in, int out, off_t from, off_t size, bool by_hand)
{
    struct mover mover = {.in = in, .out = out, .by_hand = by_hand};
    off_t start, end = from;
    int result;

    while ((result = copy_data_next(in, end, size, &start, &end)) > 0)
        if (move_stretch(job, &mover, start, end) < 0) {
            result = -1;
            break;
        }
    if (result == 0 && end < size) /* the rest is a hole */
        result = ftruncate(out, size);
    int error = errno;
    free(mover.bytes);
    errno = error;
    return result;
}

int copy_data_small(struct copy_job *job, int in, int out, off_t size)
{
    char bytes[COPY_SMALL_BYTES];
    off_t at = 0;

    while (at < size) {
        ssize_t n = pread(in, bytes, (size_t)(size - at), at);
        if (n == 0)
            errno = ENODATA;
        if (n > 0)
            n = pwrite(out, bytes, (size_t)n, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
    }
    copy_count(job, (uint64_t)size);
    return 0;
}
