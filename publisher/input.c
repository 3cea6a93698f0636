/* Input by read(2): whole files. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "payload.h"

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int input_open(const char *path, struct buf *why)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        buf_addf(why, "%.200s: %s", path, strerror(errno));
    return fd;
}

/* One byte more than an event may have is enough to know. */
static int read_all(struct buf *out, int fd, const char *path, struct buf *why)
{
    char chunk[65536];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno != EINTR) {
            buf_addf(why, "%.200s: %s", name_of(path), strerror(errno));
            return EXIT_FAILURE;
        }
        if (n > 0 && buf_add(out, chunk, (size_t)n) < 0) {
            buf_addf(why, "%.200s has more than %d bytes: that is the most an event has",
                     name_of(path), PAYLOAD_MAX);
            return EX_DATAERR;
        }
    }
    return 0;
}

int input_read(struct buf *out, const char *path, struct buf *why)
{
    size_t before = out->len;
    int fd = input_open(path, why);

    if (fd < 0)
        return EXIT_FAILURE;
    int result = read_all(out, fd, path, why);
    if (fd != STDIN_FILENO)
        close(fd);
    if (result == 0 && out->len > before && out->data[out->len - 1] == '\n')
        out->len -= out->len > before + 1 && out->data[out->len - 2] == '\r' ? 2 : 1;
    return result;
}
