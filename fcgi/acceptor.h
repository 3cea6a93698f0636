/* Connections from the listening socket, one at a time, until it is told to stop. */
#ifndef SSE_ACCEPTOR_H
#define SSE_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

struct acceptor {
    int listen_fd;
    int stop_fd;             /* an eventfd: readable once it stops */
    const char *addresses;   /* FCGI_WEB_SERVER_ADDRS, or NULL */
    uint64_t quiet_until_ms; /* until then the same trouble is not logged again */
};

#define ACCEPTOR_NONE    -1 /* nothing came, or it has to wait */
#define ACCEPTOR_STOPPED -2
#define ACCEPTOR_REFUSED -3 /* what came may not connect, or has left: there may be more */

/* For a listening socket, which stays the caller's and is made non-blocking: several processes may
 * share it, and one that loses the race for a connection must not be stuck. Returns 0, or -1
 * without a descriptor. */
int acceptor_init(struct acceptor *acceptor, int listen_fd);

/* Waits for at most `timeout_ms` (-1: for ever) and returns a new blocking connection, or one of
 * the above. Without `may_accept` it only waits. For one thread at a time. With fewer than two
 * descriptors left it says so in the log, and waits a little before it returns. */
int acceptor_next(struct acceptor *acceptor, bool may_accept, int timeout_ms);

/* For one who lacks a descriptor: says so in the log, once a second at most, and waits a little,
 * but not for a stopped acceptor. */
void acceptor_rest(struct acceptor *acceptor, const char *event);

/* A new connection that is there already, ACCEPTOR_NONE or ACCEPTOR_REFUSED. Otherwise as
 * acceptor_next. */
int acceptor_take(struct acceptor *acceptor);

/* Every acceptor_next, also one that waits in another thread, returns ACCEPTOR_STOPPED. */
void acceptor_stop(struct acceptor *acceptor);

void acceptor_deinit(struct acceptor *acceptor);

#endif
