/* Options, and the channel that a task's name makes. */
#include "report_options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/number.h"
#include "core/utf8.h"
#include "core/will.h"

const char *report_set_channel(void *context, const char *value)
{
    struct report_options *options = context;

    options->channel = value;
    return channel_check(value, strlen(value));
}

const char *report_set_task(void *context, const char *value)
{
    struct report_options *options = context;
    size_t len = strlen(value);

    if (len == 0 || len > 200 || utf8_valid_prefix(value, len) != len)
        return "must be 1 to 200 bytes of UTF-8";
    options->task = value;
    return NULL;
}

const char *report_set_rate(void *context, const char *value)
{
    struct report_options *options = context;

    return number_parse_whole(value, 1, 1000, &options->rate_max) < 0
               ? "must be a number from 1 to 1000"
               : NULL;
}

const char *report_set_lease(void *context, const char *value)
{
    struct report_options *options = context;

    return number_parse_whole(value, LEASE_LEAST_MS / 1000, LEASE_MOST_MS / 1000,
                              &options->lease_s) < 0
               ? "must be a number from 1 to 3600"
               : NULL;
}

int report_options_read(struct report_options *options, const struct cli *cli, int *argc,
                        char **argv)
{
    int status = target_init(&options->target, cli);

    options->rate_max = REPORT_RATE_MAX;
    options->lease_s = REPORT_LEASE_S;
    if (status == CLI_GO_ON)
        status = cli_parse(cli, argc, argv, options);
    return status == CLI_GO_ON ? target_complete(&options->target, cli) : status;
}

/* jobs/<task>, with a `-` for each byte that no channel can have. */
static void make_channel(char *channel, size_t size, const char *task)
{
    size_t len = (size_t)snprintf(channel, size, "jobs/%s", task);

    if (len >= size)
        len = size - 1;
    for (size_t i = strlen("jobs/"); i < len; i++)
        if (channel_check(&channel[i], 1) != NULL)
            channel[i] = '-';
}

struct reporter_job report_options_job(struct report_options *options, const struct cli *cli,
                                       const char *task)
{
    if (options->task != NULL)
        task = options->task;
    if (options->channel == NULL) {
        make_channel(options->made_channel, sizeof options->made_channel, task);
        options->channel = options->made_channel;
    }
    return (struct reporter_job){.target = &options->target,
                                 .program = cli->program,
                                 .channel = options->channel,
                                 .task = task,
                                 .rate_max = (uint32_t)options->rate_max,
                                 .lease_ms = (uint32_t)options->lease_s * 1000,
                                 .bar_fd = STDERR_FILENO};
}
