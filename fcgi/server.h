/* The responder as a whole: loop, signals, stopping; requests from the door become streams. */
#ifndef SSE_SERVER_H
#define SSE_SERVER_H

#include "config.h"
#include "origin.h"

/* From now on the signals that stop the server wait until it can handle them. Before the socket is
 * there: who sees it may think that we are ready for them. */
void server_hold_signals(void);

/* Serves on `listen_fd` until SIGTERM, SIGINT or SIGUSR1, then ends every stream and returns 0; or
 * -1 with *why when it could not start. The descriptor stays the caller's. Started by CGI it serves
 * the one request, on standard output, and returns when that is over. */
int server_run(const struct config *config, enum origin origin, int listen_fd, const char **why);

#endif
