/*
 * A load client: thousands of clients like a browser's EventSource in one process, which remember
 * every event that they get and are checked against a list of what was published.
 *
 *     streams [OPTION…] HOST:PORT COUNT TARGET…
 *
 * Client i asks for the TARGET at i modulo their number; in it {20} stands for i modulo 20, {20+7}
 * for (i + 7) modulo 20. Commands come on standard input (commands.h), lines of JSON go to standard
 * output; `{"event":"live",…}` is one each time that all clients have become live.
 */
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <uv.h>

#include "commands.h"
#include "target.h"

static const char USAGE[] =
    "usage: streams [OPTION...] HOST:PORT COUNT TARGET...\n"
    "  --burst N            at most N requests unanswered at a time (256)\n"
    "  --retry-max MS       wait at most so long before reconnecting (60000)\n"
    "  --silence MS         leave a connection that is silent for so long (0: never)\n"
    "  --receive-buffer N   bytes that the kernel receives for a client\n"
    "  --allow-resets       a stream-reset is no failure\n"
    "  --seed N             of what is random\n";

static const struct option OPTIONS[] = {
    {"burst", required_argument, NULL, 'b'},
    {"retry-max", required_argument, NULL, 'r'},
    {"silence", required_argument, NULL, 's'},
    {"receive-buffer", required_argument, NULL, 'v'},
    {"allow-resets", no_argument, NULL, 'a'},
    {"seed", required_argument, NULL, 'x'},
    {NULL, 0, NULL, 0},
};

/* As many descriptors as we may have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Resolves HOST:PORT. Returns -1, with a message, if it is none. */
static int resolve(struct surroundings *around)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const char *colon = strrchr(around->authority, ':');
    char host[256];
    int status;

    if (colon == NULL || (size_t)(colon - around->authority) >= sizeof host) {
        fprintf(stderr, "streams: not HOST:PORT: %s\n", around->authority);
        return -1;
    }
    snprintf(host, sizeof host, "%.*s", (int)(colon - around->authority), around->authority);
    status = getaddrinfo(host, colon + 1, &hints, &found);
    if (status != 0) {
        fprintf(stderr, "streams: %s: %s\n", around->authority, gai_strerror(status));
        return -1;
    }
    memcpy(&around->address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

/* A whole number, or the program ends. */
static unsigned long number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0') {
        fprintf(stderr, "streams: not a number: %s\n%s", text, USAGE);
        exit(EX_USAGE);
    }
    return value;
}

static void parse_options(struct crowd *crowd, int argc, char **argv)
{
    struct surroundings *around = &crowd->around;
    int option;

    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'b':
            around->burst = number(optarg);
            break;
        case 'r':
            around->retry_max_ms = (uint32_t)number(optarg);
            break;
        case 's':
            around->silence_ms = (uint32_t)number(optarg);
            break;
        case 'v':
            around->receive_buffer = (int)number(optarg);
            break;
        case 'a':
            crowd->resets_allowed = true;
            break;
        case 'x':
            around->random ^= number(optarg);
            break;
        default:
            fputs(USAGE, stderr);
            exit(EX_USAGE);
        }
    }
    if (argc - optind < 3 || around->burst == 0 || number(argv[optind + 1]) == 0) {
        fputs(USAGE, stderr);
        exit(EX_USAGE);
    }
    around->authority = argv[optind];
    crowd->count = number(argv[optind + 1]);
    around->patterns = argv + optind + 2;
    around->pattern_count = (size_t)(argc - optind - 2);
}

/* Returns -1, with a message, if a client would have nothing to ask for. */
static int make_clients(struct crowd *crowd)
{
    char target[TARGET_SIZE];

    crowd->clients = calloc(crowd->count, sizeof *crowd->clients);
    if (crowd->clients == NULL)
        return -1;
    crowd->around.tally.clients = crowd->around.tally.in_state[CLIENT_AWAY] = crowd->count;
    for (size_t i = 0; i < crowd->count; i++) {
        client_init(&crowd->clients[i], &crowd->around, i);
        if (client_target(&crowd->clients[i], target) < 0) {
            fprintf(stderr, "streams: what does client %zu ask for?\n", i);
            return -1;
        }
    }
    return 0;
}

static void run(struct crowd *crowd)
{
    uv_loop_t *loop = crowd->around.loop;
    struct commands *commands = commands_start(crowd);

    if (commands == NULL) {
        crowd->status = EX_OSERR;
        return;
    }
    tally_start_watch(&crowd->around.tally);
    for (size_t i = 0; i < crowd->count; i++)
        client_come(&crowd->clients[i]);
    uv_run(loop, UV_RUN_DEFAULT);
    commands_close(commands);
    for (size_t i = 0; i < crowd->count; i++)
        client_close(&crowd->clients[i]);
    uv_run(loop, UV_RUN_DEFAULT);
    commands_free(commands);
}

int main(int argc, char **argv)
{
    struct crowd crowd = {
        .around = {.burst = 256, .retry_max_ms = 60000, .random = 0x9e3779b97f4a7c15},
    };
    uv_loop_t loop;

    parse_options(&crowd, argc, argv);
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    crowd.around.loop = &loop;
    STAILQ_INIT(&crowd.around.due);
    if (resolve(&crowd.around) < 0)
        return EX_USAGE;
    if (make_clients(&crowd) < 0)
        return EX_USAGE;
    run(&crowd);
    for (size_t i = 0; i < crowd.count; i++)
        client_deinit(&crowd.clients[i]);
    free(crowd.clients);
    uv_loop_close(&loop);
    return crowd.status;
}
