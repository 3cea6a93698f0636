/* A command that runs below us: its output comes to us, signals go to it, its end is told.
 *
 * Where our standard output, or error, is a terminal the command gets a terminal there too, a new
 * one that changes no byte; where it is not, a pipe. Both are one where ours are one; one of ours
 * that cannot be written, as it was closed, is its own. It stays in our session and process group:
 * Ctrl-C, Ctrl-Z and what it asks of /dev/tty are as without us. Only pv gets a session of its own,
 * without which it shows nothing: Ctrl-C and Ctrl-Z are passed on to it. */
#ifndef SSE_CHILD_H
#define SSE_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int out;       /* its standard output, to be read; -1 once it is closed, or if ours was */
    int err;       /* likewise; -1 when it is the same as `out` */
    int signal_fd; /* readable: call child_attend */
    sigset_t held; /* what comes by it */
    bool is_apart; /* in a session of its own: what our terminal tells us it is not told */
    bool has_ended;
    int wait_status; /* as of waitpid(2), once it has */
    bool wants_end;  /* since then a signal has come that ends us */
};

/* Starts it; from now on signals are held back, and SIGPIPE is ignored. Returns 0; or -1 with
 * errno, also when there is no such program, and child_deinit is to be called all the same. */
int child_start(struct child *child, char *const argv[]);

/* Passes on the signals that have come, but for those that the terminal sent to both of us, and
 * sees whether the command has ended. After its end they are ours: see wants_end. */
void child_attend(struct child *child);

/* After its end: `signal_fd` is readable from now on when a signal wants ourselves to end. */
void child_forget(struct child *child);

void child_deinit(struct child *child);

#endif
