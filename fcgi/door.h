/* Where requests come in: by FastCGI any number (gateway.h), by CGI one (cgi.h). */
#ifndef SSE_DOOR_H
#define SSE_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "arrival.h"

struct gateway;
struct cgi;

/* Zeroed: closed. */
struct door {
    struct gateway *gateway; /* one of the two */
    struct cgi *cgi;
};

#define DOOR_CGI -1

/* Opens it on the listening socket `listen_fd`, or, for DOOR_CGI, on standard input, output and the
 * environment. Returns 0; or -1 and *why. End it with door_close. */
int door_open(struct door *door, uv_loop_t *loop, int listen_fd, arrival_fn *on_arrival,
              void *context, const char **why);

/* So many streams are open. */
void door_set_streams(struct door *door, size_t streams);

/* Whether nobody can come any more, although nobody has stopped it. */
bool door_is_spent(const struct door *door);

/* Only who is there already is let in, and arrives. */
void door_stop(struct door *door);

/* Nobody is let in any more; who is in arrives. */
void door_shut(struct door *door);

/* Whether nobody is on the way in; once it is stopped or spent: nobody ever. */
bool door_is_quiet(struct door *door);

/* Drops who is still on the way. The loop must run once more. A closed one stays closed. */
void door_close(struct door *door);

#endif
