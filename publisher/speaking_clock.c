/* The time, every two seconds. */
#include "speaking_clock.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "cli.h"
#include "target.h"
#include "ticker.h"

#define PERIOD_MS 2000

static const struct cli_option OPTIONS[] = {TARGET_OPTIONS};

static const struct cli CLI = {
    .program = "sse-progress clock",
    .usage = "sse-progress clock [OPTION]...",
    .about = "Publishes the time as text, every 2 seconds, on the channel clock, until it is\n"
             "stopped.\n\n"
             "  sse-progress clock\n"
             "  sse-progress clock --keep 1 --ttl 60\n"
             "  sse-progress clock --redis unix:/run/redis/redis-server.sock\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

static int tell_the_time(const struct target *target)
{
    struct ticker ticker;
    int status = ticker_init(&ticker, CLI.program, target, PERIOD_MS, 0, false);

    while (status == 0 && ticker_wait(&ticker)) {
        char text[64];
        struct tm local;
        time_t now = time(NULL);
        size_t len = strftime(text, sizeof text, "the time is %H:%M:%S", localtime_r(&now, &local));
        ticker_publish(&ticker, "clock", NULL, text, len);
    }
    ticker_deinit(&ticker);
    return status == 0 ? EX_OK : EXIT_FAILURE;
}

int speaking_clock_run(int argc, char **argv)
{
    struct target target = {0};
    int status = target_init(&target, &CLI);

    signal(SIGPIPE, SIG_IGN);
    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, &target);
    if (status == CLI_GO_ON)
        status = target_complete(&target, &CLI);
    if (status == CLI_GO_ON)
        status = argc > 1 ? cli_usage_error(&CLI, "\"%.100s\": it takes only options", argv[1])
                          : tell_the_time(&target);
    target_deinit(&target);
    return status;
}
