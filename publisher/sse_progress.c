/* sse-progress: jobs that report themselves. The first argument says which subcommand it is. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"
#include "copy.h"
#include "demo.h"
#include "job.h"
#include "pipe_meter.h"
#include "speaking_clock.h"
#include "subcommand.h"

static const struct subcommand SUBCOMMANDS[] = {
    {"run", "a command, with the progress that it prints", job_run},
    {"pipe", "standard input to standard output, counted", pipe_meter_run},
    {"copy", "copies or moves files and trees", copy_run},
    {"demo", "made-up tasks that report their progress on jobs/<task>", demo_run},
    {"clock", "the time as text, every 2 seconds, on the channel clock", speaking_clock_run},
};

#define SUBCOMMAND_COUNT (sizeof SUBCOMMANDS / sizeof *SUBCOMMANDS)
#define ABOUT_MAX        2000

static const char EXAMPLES[] =
    "\n"
    "  sse-progress run -c jobs/backup -- rsync -a --info=progress2 /home /backup\n"
    "  tar c /home | sse-progress pipe -t backup --size 9000M | zstd > home.tar.zst\n"
    "  sse-progress demo --once\n"
    "\nsse-progress COMMAND --help says more of each.\n";

/* The table as text, for --help. */
static void describe(char *about, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < SUBCOMMAND_COUNT && len < size; i++)
        len += (size_t)snprintf(about + len, size - len, "  %-6s %s\n", SUBCOMMANDS[i].name,
                                SUBCOMMANDS[i].about);
    if (len < size)
        snprintf(about + len, size - len, "%s", EXAMPLES);
}

/* What is opened later must not become a standard descriptor that was closed. To read from one of
 * these, and to write to it, fails as it did: bytes that go nowhere would look like bytes that
 * arrived. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    char about[ABOUT_MAX];
    const struct cli cli = {
        .program = "sse-progress", .usage = "sse-progress COMMAND [OPTION]...", .about = about};

    fill_standard_descriptors();
    describe(about, sizeof about);
    for (size_t i = 0; argc > 1 && i < SUBCOMMAND_COUNT; i++)
        if (strcmp(argv[1], SUBCOMMANDS[i].name) == 0)
            return SUBCOMMANDS[i].run(argc - 1, argv + 1);
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                     strcmp(argv[1], "--version") == 0))
        return cli_parse(&cli, &argc, argv, NULL);
    if (argc > 1)
        return cli_usage_error(&cli, "\"%.100s\" is no command", argv[1]);
    return cli_usage_error(&cli, "the command is missing");
}
