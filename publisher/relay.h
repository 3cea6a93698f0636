/* Bytes from one descriptor to another, as they are, for a loop that also has other things to wait
 * for: it never waits itself. Nothing is read while something is still to be written. */
#ifndef SSE_RELAY_H
#define SSE_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct relay {
    int from;          /* -1 once it has ended */
    int to;            /* -1 once nobody reads there */
    bool is_pipe_like; /* `to` may block a write of more than PIPE_BUF bytes */
    size_t begin, end; /* of what is to be written, in `bytes` */
    char bytes[131072];
};

/* Neither descriptor is owned, but for what relay_close says. */
void relay_init(struct relay *relay, int from, int to);

/* What poll(2) is to wait for. */
void relay_await(const struct relay *relay, struct pollfd *in, struct pollfd *out);

/* `from` is readable: reads. Returns how much, at the beginning of `bytes`; 0 at its end (a
 * terminal that was hung up is one), -1 with errno. */
ssize_t relay_read(struct relay *relay);

/* `to` is writable: writes some. Returns how much, or -1 with errno. */
ssize_t relay_write(struct relay *relay);

/* Closes `from`, so that who writes there learns that nobody reads. Drops what is left. */
void relay_close(struct relay *relay);

#endif
