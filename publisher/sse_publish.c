/* sse-publish: one command publishes one event, or one for each line of standard input. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"
#include "core/channel.h"
#include "core/event.h"
#include "core/number.h"
#include "payload.h"
#include "publish_lines.h"
#include "session.h"

#define MESSAGE_MAX 4096

struct options {
    struct target target; /* first: TARGET_OPTIONS set it */
    const char *event;
    bool is_text;
    bool by_lines;
    bool is_end;
    uint32_t retry_ms;
};

static const char *set_event(void *context, const char *value)
{
    struct options *options = context;

    options->event = value;
    return event_check_name(value, strlen(value));
}

static const char *set_text(void *context, const char *value)
{
    struct options *options = context;

    (void)value;
    options->is_text = true;
    return NULL;
}

static const char *set_lines(void *context, const char *value)
{
    struct options *options = context;

    (void)value;
    options->by_lines = true;
    return NULL;
}

static const char *set_end(void *context, const char *value)
{
    struct options *options = context;

    (void)value;
    options->is_end = true;
    return NULL;
}

static const char *set_retry(void *context, const char *value)
{
    struct options *options = context;
    uint64_t ms;

    if (number_parse_whole(value, 1, EVENT_RETRY_MAX, &ms) < 0)
        return "must be milliseconds, from 1 to 86400000";
    options->retry_ms = (uint32_t)ms;
    return NULL;
}

static const struct cli_option OPTIONS[] = {
    {"event", 'e', "NAME", "event name [message]", set_event},
    {"text", 0, NULL, "data is text, not JSON", set_text},
    {"lines", 0, NULL, "one event for each line of standard input", set_lines},
    {"end", 0, NULL, "end the channel: its streams close and stay away", set_end},
    {"retry", 0, "MS", "tell clients to wait so long before they reconnect", set_retry},
    {"timeout", 0, "SECONDS", "how long to wait for Redis; 0: one try [10]", target_set_timeout},
    TARGET_OPTIONS,
};

static const struct cli CLI = {
    .program = "sse-publish",
    .usage = "sse-publish [OPTION]... CHANNEL DATA\n"
             "       sse-publish [OPTION]... CHANNEL key=value key:=json...\n"
             "       sse-publish [OPTION]... CHANNEL -        (data from standard input)\n"
             "       sse-publish [OPTION]... --lines CHANNEL  (one event a line)\n"
             "       sse-publish [OPTION]... --end CHANNEL [DATA]",
    .about = "Publishes to everybody who follows the channel, and prints the event's id.\n\n"
             "  sse-publish jobs/42 state=running percent:=42.5\n"
             "  sse-publish --text status 'The disk is full.'\n"
             "  tail -Fn0 app.log | sse-publish --text --lines logs/app\n"
             "  sse-publish --end jobs/42\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- one event -------------------------------------------------------------------------------- */

/* All of standard input, without the line end behind the last line. */
static int read_all(struct buf *data)
{
    char chunk[65536];
    ssize_t n;

    while ((n = read(STDIN_FILENO, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno != EINTR) {
            fprintf(stderr, "sse-publish: standard input: %s\n", strerror(errno));
            return EXIT_FAILURE;
        }
        if (n > 0 && buf_add(data, chunk, (size_t)n) < 0) {
            fprintf(stderr,
                    "sse-publish: the data has more than %d bytes: that is the most an "
                    "event has\n",
                    PAYLOAD_MAX);
            return EX_DATAERR;
        }
    }
    if (data->len > 0 && data->data[data->len - 1] == '\n')
        data->len -= data->len > 1 && data->data[data->len - 2] == '\r' ? 2 : 1;
    return CLI_GO_ON;
}

/* Puts together what the operands behind the channel say. */
static int make_data(const struct options *options, char *const *operands, size_t count,
                     struct buf *data)
{
    struct buf why;
    int result = CLI_GO_ON;

    if (count == 0 && options->is_end)
        return buf_adds(data, "{}") < 0 ? EXIT_FAILURE : CLI_GO_ON;
    if (count == 0)
        return cli_usage_error(&CLI, "the data is missing: give DATA, key=value, or - for "
                                     "standard input");
    buf_init(&why, MESSAGE_MAX);
    if (!options->is_text && payload_is_pair(operands[0])) {
        if (payload_from_pairs(data, operands, count, &why) < 0)
            result = EX_DATAERR;
    } else if (count > 1) {
        result = cli_usage_error(&CLI, "too many arguments: \"%s\" (quote data that has spaces)",
                                 operands[1]);
    } else if (strcmp(operands[0], "-") == 0) {
        result = read_all(data);
    } else if (strlen(operands[0]) > PAYLOAD_MAX || buf_adds(data, operands[0]) < 0) {
        buf_addf(&why, "the data has %zu bytes: an event has at most %d", strlen(operands[0]),
                 PAYLOAD_MAX);
        result = EX_DATAERR;
    }
    if (result == CLI_GO_ON &&
        payload_check(data->data ? data->data : "", data->len, options->is_text, &why) < 0) {
        result = EX_DATAERR;
        if (!options->is_text && memmem(why.data, why.len, "not JSON", 8) != NULL)
            buf_adds(&why, "\nTo send it as text, add --text.");
    }
    if (why.len > 0)
        fprintf(stderr, "sse-publish: %.*s\n", (int)why.len, why.data);
    buf_deinit(&why);
    return result;
}

/* From here on to the end of the process a signal ends only the waiting. */
static int publish_data(const struct options *options, const struct keys_publish *publish)
{
    struct publish_result result;
    struct session session;
    int status = session_begin(&session, &options->target);

    stop_hold(&session.stop);
    if (status == EX_OK && redis_publish_send(session.redis, publish) < 0) {
        fprintf(stderr, "sse-publish: not published: no memory\n");
        status = EXIT_FAILURE;
    } else if (status == EX_OK) {
        redis_publish_receive(session.redis, &result);
        status = session_report(&session, &result, NULL);
    }
    session_end(&session);
    return session_flush() < 0 && status == EX_OK ? EXIT_FAILURE : status;
}

static int publish_one(const struct options *options, const struct keys_publish *form,
                       char *const *operands, size_t count)
{
    struct keys_publish publish = *form;
    struct buf data;

    buf_init(&data, PAYLOAD_MAX + 2);
    int status = make_data(options, operands, count, &data);
    if (status == CLI_GO_ON) {
        publish.data = data.data ? data.data : "";
        publish.data_len = data.len;
        status = publish_data(options, &publish);
    }
    buf_deinit(&data);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static int run(struct options *options, int argc, char **argv)
{
    int status = target_init(&options->target, &CLI);

    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, options);
    if (status != CLI_GO_ON)
        return status;
    if (argc == 1)
        return cli_usage_error(&CLI, "the channel is missing");
    const char *problem = channel_check(argv[1], strlen(argv[1]));
    if (problem != NULL)
        return cli_usage_error(&CLI, "the channel \"%.100s\" %s", argv[1], problem);
    if (options->is_end && (options->by_lines || options->event != NULL))
        return cli_usage_error(&CLI, "--end goes with neither --lines nor --event");
    const struct keys_publish form = {.channel = argv[1],
                                      .event = options->is_end ? "end" : options->event,
                                      .retry_ms = options->retry_ms,
                                      .keep = options->target.keep,
                                      .ttl_s = options->target.ttl_s};
    if (!options->by_lines)
        return publish_one(options, &form, argv + 2, (size_t)(argc - 2));
    if (argc > 2)
        return cli_usage_error(&CLI,
                               "with --lines all data comes from standard input, not from "
                               "\"%.100s\"",
                               argv[2]);
    return publish_lines(&options->target, &form, options->is_text);
}

int main(int argc, char **argv)
{
    struct options options = {0};

    signal(SIGPIPE, SIG_IGN);
    int status = run(&options, argc, argv);
    target_deinit(&options.target);
    return status;
}
