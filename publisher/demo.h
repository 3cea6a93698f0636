/* sse-progress demo: tasks that report their progress on jobs/<task>, to look at. */
#ifndef SSE_DEMO_H
#define SSE_DEMO_H

/* See subcommand.h. */
int demo_run(int argc, char **argv);

#endif
