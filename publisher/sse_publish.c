/* sse-publish: one command publishes one event, or one for each line of standard input. */
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
#include "input.h"
#include "pairs.h"
#include "payload.h"
#include "publish_lines.h"
#include "session.h"

#define MESSAGE_MAX 4096

struct options {
    struct target target; /* first: TARGET_OPTIONS set it */
    struct session_manner manner;
    struct line_rules lines;
    const char *event;
    const char *file; /* instead of standard input, or of DATA; NULL for none */
    bool is_text;
    bool by_lines;
    bool is_end;
    uint32_t retry_ms;
};

/* A switch: sets one member of the options. */
#define SWITCH(name, member)                                                                       \
    static const char *name(void *context, const char *value)                                      \
    {                                                                                              \
        struct options *options = context;                                                         \
        (void)value;                                                                               \
        options->member = true;                                                                    \
        return NULL;                                                                               \
    }

SWITCH(set_text, is_text)
SWITCH(set_lines, by_lines)
SWITCH(set_end, is_end)
SWITCH(set_strict, lines.is_strict)
SWITCH(set_quiet, manner.is_quiet)
SWITCH(set_verbose, manner.is_verbose)
SWITCH(set_json, manner.is_json)

static const char *set_event(void *context, const char *value)
{
    struct options *options = context;

    options->event = value;
    if (strcmp(value, EVENT_END) == 0)
        return "this name is the responder's own (--end ends a channel)";
    return event_check_name(value, strlen(value));
}

static const char *set_file(void *context, const char *value)
{
    struct options *options = context;

    options->file = value;
    return *value == '\0' ? "must be the name of a file, or - for standard input" : NULL;
}

static const char *set_channel_key(void *context, const char *value)
{
    struct options *options = context;

    options->lines.channel_key = value;
    return *value == '\0' ? "must be a key, like job or job.name" : NULL;
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
    {"text", 't', NULL, "data is text, not JSON", set_text},
    {"lines", 'l', NULL, "one event for each line of standard input", set_lines},
    {"file", 'f', "FILE", "data, or lines, come from the file", set_file},
    {"strict", 0, NULL, "with --lines: stop at a line that is wrong", set_strict},
    {"channel-key", 0, "KEY", "with --lines: each line's KEY names its channel", set_channel_key},
    {"end", 0, NULL, "end the channel: its streams close and stay away", set_end},
    {"retry", 0, "MS", "clients shall wait so long before they reconnect", set_retry},
    {"json", 'j', NULL, "print objects: id, channel, size, receivers", set_json},
    {"quiet", 'q', NULL, "print no ids; say only what went wrong", set_quiet},
    {"verbose", 'v', NULL, "a line on stderr for each event", set_verbose},
    {"timeout", 0, "SECONDS", "how long to wait for Redis; 0: one try [10]", target_set_timeout},
    TARGET_OPTIONS,
};

static const struct cli CLI = {
    .program = "sse-publish",
    .usage = "sse-publish [OPTION]... CHANNEL [DATA|-|key=text|key:=json|key@file...]",
    .about = "  sse-publish jobs/42 state=running percent:=42.5 disk.free:=7\n"
             "  sse-publish --text status 'The disk is full.'\n"
             "  tail -Fn0 app.log | sse-publish --text --lines logs/app\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- one event -------------------------------------------------------------------------------- */

/* Puts together what the operands behind the channel say. Returns 0; or the code to exit with, and
 * *why. */
static int gather(const struct options *options, char *const *operands, size_t count,
                  struct buf *data, struct buf *why)
{
    if (options->file != NULL)
        return input_read(data, options->file, why);
    if (!options->is_text && pairs_is_meant(operands[0]))
        return pairs_encode(data, operands, count, why);
    if (strcmp(operands[0], "-") == 0)
        return input_read(data, "-", why);
    if (strlen(operands[0]) <= PAYLOAD_MAX && buf_adds(data, operands[0]) == 0)
        return 0;
    buf_addf(why, "the data has %zu bytes: an event has at most %d", strlen(operands[0]),
             PAYLOAD_MAX);
    return EX_DATAERR;
}

static int check_operands(const struct options *options, char *const *operands, size_t count)
{
    if (count == 0 && options->file == NULL)
        return cli_usage_error(&CLI, "the data is missing: give DATA, key=value, or - for "
                                     "standard input");
    if (count > 0 && options->file != NULL)
        return cli_usage_error(&CLI, "too many arguments: \"%.100s\" (--file has the data)",
                               operands[0]);
    if (count > 1 && (options->is_text || !pairs_is_meant(operands[0])))
        return cli_usage_error(&CLI, "too many arguments: \"%.100s\" (quote data that has spaces)",
                               operands[1]);
    return CLI_GO_ON;
}

/* The data, checked. Returns CLI_GO_ON, or the code to exit with, after it said why. */
static int make_data(const struct options *options, char *const *operands, size_t count,
                     struct buf *data)
{
    struct buf why;

    if (count == 0 && options->is_end && options->file == NULL)
        return buf_adds(data, "{}") < 0 ? EXIT_FAILURE : CLI_GO_ON;
    int result = check_operands(options, operands, count);
    if (result != CLI_GO_ON)
        return result;
    buf_init(&why, MESSAGE_MAX);
    result = gather(options, operands, count, data, &why);
    if (result == 0 &&
        payload_check(data->data ? data->data : "", data->len, options->is_text, &why) < 0) {
        result = EX_DATAERR;
        if (!options->is_text && memmem(why.data, why.len, "not JSON", 8) != NULL)
            buf_adds(&why, "\nTo send it as text, add --text.");
    }
    if (why.len > 0)
        fprintf(stderr, "sse-publish: %.*s\n", (int)why.len, why.data);
    buf_deinit(&why);
    return result == 0 ? CLI_GO_ON : result;
}

/* From here on to the end of the process a signal ends only the waiting. */
static int publish_data(const struct options *options, const struct keys_publish *publish)
{
    struct publish_result result;
    struct session session;
    int status = session_begin(&session, &options->target, &options->manner);

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

/* What goes with what. */
static int check_options(const struct options *options)
{
    const struct line_rules *lines = &options->lines;

    if (options->is_end && (options->by_lines || options->event != NULL))
        return cli_usage_error(&CLI, "--end goes with neither --lines nor --event");
    if (!options->by_lines && (lines->is_strict || lines->channel_key != NULL))
        return cli_usage_error(&CLI, "%s goes with --lines only",
                               lines->is_strict ? "--strict" : "--channel-key");
    if (lines->channel_key != NULL && options->is_text)
        return cli_usage_error(&CLI, "--channel-key looks into JSON, and goes not with --text");
    if (options->manner.is_quiet && (options->manner.is_json || options->manner.is_verbose))
        return cli_usage_error(&CLI, "--quiet goes with neither --json nor --verbose");
    return CLI_GO_ON;
}

static int publish_all_lines(struct options *options, const struct keys_publish *form)
{
    struct line_rules *rules = &options->lines;
    struct buf why;

    buf_init(&why, MESSAGE_MAX);
    rules->is_text = options->is_text;
    rules->fd = input_open(options->file != NULL ? options->file : "-", &why);
    if (rules->fd < 0)
        fprintf(stderr, "sse-publish: %.*s\n", (int)why.len, why.data ? why.data : "");
    buf_deinit(&why);
    if (rules->fd < 0)
        return EXIT_FAILURE;
    int status = publish_lines(&options->target, &options->manner, form, rules);
    if (options->file != NULL && rules->fd != STDIN_FILENO)
        close(rules->fd);
    return status;
}

static int run(struct options *options, int argc, char **argv)
{
    int status = target_init(&options->target, &CLI);

    if (status == CLI_GO_ON)
        status = cli_parse(&CLI, &argc, argv, options);
    if (status == CLI_GO_ON)
        status = check_options(options);
    if (status == CLI_GO_ON)
        status = target_complete(&options->target, &CLI);
    if (status != CLI_GO_ON)
        return status;
    if (argc == 1 && options->lines.channel_key == NULL)
        return cli_usage_error(&CLI, "the channel is missing");
    const char *channel = argc > 1 ? argv[1] : NULL;
    const char *problem = channel != NULL ? channel_check(channel, strlen(channel)) : NULL;
    if (problem != NULL)
        return cli_usage_error(&CLI, "the channel \"%.100s\" %s", channel, problem);
    const struct keys_publish form = {.channel = channel,
                                      .event = options->is_end ? "end" : options->event,
                                      .retry_ms = options->retry_ms,
                                      .keep = options->target.keep,
                                      .ttl_s = options->target.ttl_s};
    if (!options->by_lines)
        return publish_one(options, &form, argv + 2, (size_t)(argc - 2));
    if (argc > 2)
        return cli_usage_error(&CLI,
                               "with --lines all data comes from standard input or --file, not "
                               "from \"%.100s\"",
                               argv[2]);
    return publish_all_lines(options, &form);
}

int main(int argc, char **argv)
{
    struct options options = {0};

    signal(SIGPIPE, SIG_IGN);
    int status = run(&options, argc, argv);
    target_deinit(&options.target);
    return status;
}
