/* Signals by signalfd(2): no handler, and no moment in which one could be missed. */
#include "stop.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

int stop_init(struct stop *stop)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM};
    struct sigaction action;

    sigemptyset(&stop->set);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        if (sigaction(SIGNALS[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&stop->set, SIGNALS[i]);
    stop->fd = signalfd(-1, &stop->set, SFD_CLOEXEC | SFD_NONBLOCK);
    return stop->fd >= 0 ? sigprocmask(SIG_BLOCK, NULL, &stop->before) : -1;
}

void stop_hold(struct stop *stop)
{
    sigprocmask(SIG_BLOCK, &stop->set, NULL);
}

void stop_release(struct stop *stop)
{
    sigprocmask(SIG_SETMASK, &stop->before, NULL);
}

void stop_deinit(struct stop *stop)
{
    if (stop->fd >= 0)
        close(stop->fd);
    stop->fd = -1;
}
