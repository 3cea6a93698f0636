/* The subcommands of sse-progress: each is a module of its own, with one line in the table of
 * sse_progress.c.
 *
 *   #include "copy.h"                                 int copy_run(int argc, char **argv);
 *   {"copy", "copies files and trees", copy_run},     in SUBCOMMANDS */
#ifndef SSE_SUBCOMMAND_H
#define SSE_SUBCOMMAND_H

struct subcommand {
    const char *name;
    const char *about; /* one line of sse-progress --help */
    /* Does it all: options (argv[0] is the subcommand's name; a struct cli of its own, whose
     * program is "sse-progress NAME", so that `sse-progress NAME --help` is its help), the work,
     * and what is said on stderr. Returns the exit code. Signals, SIGPIPE too, are as the process
     * was started with. */
    int (*run)(int argc, char **argv);
};

#endif
