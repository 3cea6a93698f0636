/* read(2) and write(2) behind poll(2). Our descriptors are shared with other processes, and stay
 * blocking: a pipe or terminal that poll calls writable takes PIPE_BUF bytes without a wait. */
#include "relay.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

void relay_init(struct relay *relay, int from, int to)
{
    struct stat status;

    relay->from = from;
    relay->to = to;
    relay->begin = relay->end = 0;
    relay->is_pipe_like = fstat(to, &status) < 0 || !S_ISREG(status.st_mode);
}

void relay_await(const struct relay *relay, struct pollfd *in, struct pollfd *out)
{
    bool is_full = relay->begin < relay->end;

    *in = (struct pollfd){.fd = is_full ? -1 : relay->from, .events = POLLIN};
    *out = (struct pollfd){.fd = is_full ? relay->to : -1, .events = POLLOUT};
}

ssize_t relay_read(struct relay *relay)
{
    ssize_t n = read(relay->from, relay->bytes, sizeof relay->bytes);

    if (n < 0 && errno == EIO) /* no process has the terminal any more */
        n = 0;
    relay->begin = 0;
    relay->end = n > 0 ? (size_t)n : 0;
    return n;
}

ssize_t relay_write(struct relay *relay)
{
    size_t len = relay->end - relay->begin;

    if (relay->is_pipe_like && len > PIPE_BUF)
        len = PIPE_BUF;
    ssize_t n = write(relay->to, relay->bytes + relay->begin, len);
    if (n > 0)
        relay->begin += (size_t)n;
    return n;
}

void relay_close(struct relay *relay)
{
    if (relay->from >= 0)
        close(relay->from);
    relay->from = -1;
    relay->begin = relay->end = 0;
}
