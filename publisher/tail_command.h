/* A command for each event. */
#ifndef SSE_TAIL_COMMAND_H
#define SSE_TAIL_COMMAND_H

#include <signal.h>

#include "tail_event.h"

/* Longer data is not in the environment: Linux takes no variable of 128 KiB. */
#define TAIL_COMMAND_DATA_MAX 131000

/* Runs `sh -c COMMAND` to its end with SSE_ID, SSE_EVENT, SSE_CHANNEL and SSE_DATA in its
 * environment, the data and a line end on its standard input, and `mask` as its signal mask.
 * Returns its status as waitpid(2) tells it; or -1 with errno if it could not be run. */
int tail_command_run(const char *command, const struct tail_event *event, const sigset_t *mask);

#endif
