/* sse-progress run: a command, passed through, that reports itself. */
#ifndef SSE_JOB_H
#define SSE_JOB_H

/* See subcommand.h. */
int job_run(int argc, char **argv);

#endif
