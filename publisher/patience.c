/* Waiting by poll(2) and the monotonic clock. */
#include "patience.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

uint64_t patience_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int wait_until(const struct patience *patience, int fd, short events, uint64_t end)
{
    struct pollfd fds[] = {{.fd = patience->stop_fd, .events = POLLIN},
                           {.fd = fd, .events = events}};

    for (;;) {
        uint64_t now = patience_now_ms();
        uint64_t left = end > now ? end - now : 0;
        int ready = poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
        if (ready < 0 && errno != EINTR)
            return -1;
        if (ready > 0 && fds[1].revents != 0)
            return 0; /* also when told to stop: what has come is worth knowing */
        if (ready > 0)
            errno = ECANCELED;
        else if (ready == 0 && left < INT_MAX)
            errno = ETIMEDOUT;
        else
            continue;
        return -1;
    }
}

int patience_wait(const struct patience *patience, int fd, short events)
{
    uint64_t end = patience_now_ms() + patience->silence_ms;

    return wait_until(patience, fd, events,
                      end < patience->deadline_ms ? end : patience->deadline_ms);
}

int patience_pause(const struct patience *patience, uint32_t ms)
{
    uint64_t end = patience_now_ms() + ms;

    wait_until(patience, -1, 0, end < patience->deadline_ms ? end : patience->deadline_ms);
    return errno == ETIMEDOUT ? 0 : -1;
}

const char *patience_explain(int error)
{
    if (error == ETIMEDOUT)
        return "no answer in time";
    return error == ECANCELED ? "a signal ended the waiting" : strerror(error);
}
