/* The listening socket: an inherited one, or one of our own. */
#ifndef SSE_LISTENER_H
#define SSE_LISTENER_H

#include <sys/stat.h>

#include "config.h"
#include "origin.h"

struct listener {
    int fd;
    char *path;       /* of a Unix socket that we made; NULL otherwise */
    struct stat made; /* what is at `path`, if nobody has replaced it */
};

/* Finds or makes the socket: for ORIGIN_LISTEN at config->listen, whose form is checked (config.h),
 * for ORIGIN_LISTEN_FDS the first of those (sd_listen_fds(3)), else descriptor 0. A socket file
 * that nobody listens on is replaced. Whoever made the socket, its backlog becomes as long as the
 * system allows. Returns 0, and the caller ends it with listener_close; or -1 and *why says what is
 * wrong and what would be right. */
int listener_open(struct listener *listener, enum origin origin, const struct config *config,
                  struct buf *why);

/* Closes the socket and removes the file that we made, unless it is another's by now. */
void listener_close(struct listener *listener);

#endif
