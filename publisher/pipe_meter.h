/* sse-progress pipe: standard input to standard output, counted. */
#ifndef SSE_PIPE_METER_H
#define SSE_PIPE_METER_H

/* See subcommand.h. */
int pipe_meter_run(int argc, char **argv);

#endif
