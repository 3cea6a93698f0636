/* sse-progress clock: the time as text, on the channel clock, to look at. */
#ifndef SSE_SPEAKING_CLOCK_H
#define SSE_SPEAKING_CLOCK_H

/* See subcommand.h. */
int speaking_clock_run(int argc, char **argv);

#endif
