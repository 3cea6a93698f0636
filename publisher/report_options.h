/* The options of all subcommands that report a job: where to, under which name, how often. */
#ifndef SSE_REPORT_OPTIONS_H
#define SSE_REPORT_OPTIONS_H

#include <stdint.h>

#include "cli.h"
#include "reporter.h"
#include "target.h"

#define REPORT_RATE_MAX 10 /* events a second, unless --rate says another number */
#define REPORT_LEASE_S  20 /* likewise --lease */

struct report_options {
    struct target target;
    const char *channel; /* NULL: jobs/<task> */
    const char *task;    /* NULL: what the subcommand calls it */
    uint64_t rate_max;
    uint64_t lease_s;
    char made_channel[CHANNEL_MAX + 1];
};

/* For a table whose context is a struct that begins with a struct report_options. */
#define REPORT_OPTIONS                                                                             \
    {"channel", 'c', "CHANNEL", "where to publish [jobs/TASK]", report_set_channel},               \
        {"task", 't', "TASK", "what the job is called", report_set_task},                          \
        {"rate", 0, "N", "progress events a second, at most [10]", report_set_rate},               \
        {"lease", 0, "SECONDS", "from its death until it is lost, at most [20]",                   \
         report_set_lease},                                                                        \
        {"timeout", 0, "SECONDS", "for which the end waits for Redis [10]", target_set_timeout},   \
        TARGET_OPTIONS

const char *report_set_channel(void *options, const char *value);
const char *report_set_task(void *options, const char *value);
const char *report_set_rate(void *options, const char *value);
const char *report_set_lease(void *options, const char *value);

/* Sets the defaults, then what the environment and the arguments say. Returns CLI_GO_ON, or the
 * code to exit with. End with target_deinit, whatever was returned. */
int report_options_read(struct report_options *options, const struct cli *cli, int *argc,
                        char **argv);

/* The job that they make. `task` is its name unless one was given: of what a channel's name cannot
 * hold it gets a `-`. */
struct reporter_job report_options_job(struct report_options *options, const struct cli *cli,
                                       const char *task);

#endif
