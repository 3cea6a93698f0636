/* One door for the server, of either kind. */
#include "door.h"

#include <signal.h>
#include <unistd.h>

#include "cgi.h"
#include "gateway.h"

static int open_gateway(struct door *door, uv_loop_t *loop, int listen_fd, arrival_fn *on_arrival,
                        void *context)
{
    sigset_t all, before;

    sigfillset(&all); /* signals are the loop's, not the threads' */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    door->gateway = gateway_new(loop, listen_fd, on_arrival, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return door->gateway != NULL ? 0 : -1;
}

int door_open(struct door *door, uv_loop_t *loop, int listen_fd, arrival_fn *on_arrival,
              void *context, const char **why)
{
    *door = (struct door){0};
    if (listen_fd != DOOR_CGI) {
        *why = "no threads to accept with";
        return open_gateway(door, loop, listen_fd, on_arrival, context);
    }
    *why = "no memory";
    door->cgi = cgi_new(loop, STDIN_FILENO, STDOUT_FILENO, environ, on_arrival, context);
    return door->cgi != NULL ? 0 : -1;
}

void door_set_streams(struct door *door, size_t streams)
{
    if (door->gateway != NULL)
        gateway_set_streams(door->gateway, streams);
}

bool door_is_spent(const struct door *door)
{
    return door->cgi != NULL && cgi_is_spent(door->cgi);
}

void door_stop(struct door *door)
{
    if (door->gateway != NULL)
        gateway_stop(door->gateway);
}

void door_shut(struct door *door)
{
    if (door->gateway != NULL)
        gateway_shut(door->gateway);
}

bool door_is_quiet(struct door *door)
{
    return door->gateway != NULL ? gateway_is_quiet(door->gateway) : door_is_spent(door);
}

void door_close(struct door *door)
{
    gateway_free(door->gateway);
    cgi_free(door->cgi);
    *door = (struct door){0};
}
