/* Ending by a signal, so that whoever waits for us sees what it would have seen of the job. */
#ifndef SSE_LAST_SIGNAL_H
#define SSE_LAST_SIGNAL_H

/* Ends the process by `signal`, without a core. Returns 128 + signal, the exit code to end with
 * instead, if that signal ends nothing. */
int last_signal_die(int signal);

#endif
