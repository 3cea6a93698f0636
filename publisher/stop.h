/* SIGINT and SIGTERM as a descriptor, so that whoever waits for something else hears them too. */
#ifndef SSE_STOP_H
#define SSE_STOP_H

#include <signal.h>

struct stop {
    int fd;          /* readable while a signal that was held back waits; nobody reads from it */
    sigset_t set;    /* SIGINT and SIGTERM, but for such as the process was started to ignore */
    sigset_t before; /* the mask that stop_release goes back to */
};

/* Takes no effect on signals yet. Returns 0; or -1 with errno, and there is nothing to end. */
int stop_init(struct stop *stop);

/* From now on the signals are held back: they only make the descriptor readable. */
void stop_hold(struct stop *stop);

/* They do what they did before; one that was held back does it at once. */
void stop_release(struct stop *stop);

/* Closes the descriptor and leaves the mask as it is. */
void stop_deinit(struct stop *stop);

#endif
