/* sse-publish: one command publishes one event, or one for each line of standard input. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"
#include "core/channel.h"
#include "core/event.h"
#include "core/number.h"
#include "line_reader.h"
#include "payload.h"
#include "redis_publish.h"
#include "target.h"

#define MESSAGE_MAX 4096
#define PIPELINE    512 /* events that are sent before their answers are read */

struct options {
    struct target target; /* first: TARGET_OPTIONS set it */
    const char *channel;
    const char *event;
    bool is_text;
    bool by_lines;
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
    {"retry", 0, "MS", "tell clients to wait so long before they reconnect", set_retry},
    TARGET_OPTIONS,
};

static const struct cli CLI = {
    .program = "sse-publish",
    .usage = "sse-publish [OPTION]... CHANNEL DATA\n"
             "       sse-publish [OPTION]... CHANNEL key=value key:=json...\n"
             "       sse-publish [OPTION]... CHANNEL -        (data from standard input)\n"
             "       sse-publish [OPTION]... --lines CHANNEL  (one event a line)",
    .about = "Publishes to everybody who follows the channel, and prints the event's id.\n\n"
             "  sse-publish jobs/42 state=running percent:=42.5\n"
             "  sse-publish --text status 'The disk is full.'\n"
             "  tail -Fn0 app.log | sse-publish --text --lines logs/app\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- results ---------------------------------------------------------------------------------- */

/* Prints the id, or what went wrong; returns the exit code. */
static int report(const struct publish_result *result)
{
    switch (result->outcome) {
    case PUBLISH_DONE:
        printf("%s\n", result->id);
        return EX_OK;
    case PUBLISH_NOT_LIVE:
        printf("%s\n", result->id);
        fprintf(stderr, "sse-publish: %s is stored, but not sent live: %s\n", result->id,
                result->error);
        return 1;
    case PUBLISH_REFUSED:
        fprintf(stderr, "sse-publish: not published: Redis says: %s\n", result->error);
        return EX_UNAVAILABLE;
    default:
        fprintf(stderr, "sse-publish: not known whether it is published: Redis went away: %s\n",
                result->error);
        return EX_TEMPFAIL;
    }
}

/* Whatever reads the ids is gone: say so by the exit code. */
static int finish_output(int status)
{
    return fflush(stdout) == 0 ? status : (status != EX_OK ? status : 1);
}

/* --- one event -------------------------------------------------------------------------------- */

static int read_all(struct buf *data)
{
    char chunk[65536];
    ssize_t n;

    while ((n = read(STDIN_FILENO, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno != EINTR) {
            fprintf(stderr, "sse-publish: standard input: %s\n", strerror(errno));
            return EX_IOERR;
        }
        if (n > 0 && buf_add(data, chunk, (size_t)n) < 0) {
            fprintf(stderr,
                    "sse-publish: the data has more than %d bytes: that is the most an "
                    "event has\n",
                    PAYLOAD_MAX);
            return EX_DATAERR;
        }
    }
    while (data->len > 0 && strchr("\r\n", data->data[data->len - 1]) != NULL)
        data->len--;
    return CLI_GO_ON;
}

/* Puts together what the operands behind the channel say. */
static int make_data(const struct options *options, char *const *operands, size_t count,
                     struct buf *data)
{
    struct buf why;
    int result = CLI_GO_ON;

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

static struct keys_publish describe(const struct options *options, const char *data, size_t len)
{
    return (struct keys_publish){.channel = options->channel,
                                 .event = options->event,
                                 .data = data,
                                 .data_len = len,
                                 .retry_ms = options->retry_ms,
                                 .keep = options->target.keep,
                                 .ttl_s = options->target.ttl_s};
}

static struct redis_publish *connect_redis(const struct options *options)
{
    struct buf why, url;

    buf_init(&why, MESSAGE_MAX);
    buf_init(&url, MESSAGE_MAX);
    struct redis_publish *redis =
        redis_publish_open(&options->target.redis, &options->target.keys, &why);
    if (redis == NULL && redis_url_describe(&url, &options->target.redis) == 0)
        fprintf(stderr,
                "sse-publish: not published: Redis at %.*s: %.*s (SSE_REDIS or --redis "
                "says where it is)\n",
                (int)url.len, url.data, (int)why.len, why.data ? why.data : "");
    buf_deinit(&why);
    buf_deinit(&url);
    return redis;
}

static int publish_one(const struct options *options, char *const *operands, size_t count)
{
    struct publish_result result;
    struct redis_publish *redis;
    struct buf data;

    buf_init(&data, PAYLOAD_MAX + 2);
    int status = make_data(options, operands, count, &data);
    if (status == CLI_GO_ON) {
        redis = connect_redis(options);
        struct keys_publish publish = describe(options, data.data ? data.data : "", data.len);
        if (redis == NULL) {
            status = EX_UNAVAILABLE;
        } else if (redis_publish_send(redis, &publish) < 0) {
            fprintf(stderr, "sse-publish: not published: no memory\n");
            status = EX_OSERR;
        } else {
            redis_publish_receive(redis, &result);
            status = report(&result);
        }
        redis_publish_close(redis);
    }
    buf_deinit(&data);
    return finish_output(status);
}

/* --- lines ------------------------------------------------------------------------------------ */

struct lines {
    const struct options *options;
    struct redis_publish *redis;
    struct line_reader reader;
    size_t unanswered;
    int status; /* the first thing that went wrong */
};

static void note(struct lines *lines, int status)
{
    if (lines->status == EX_OK)
        lines->status = status;
}

/* Reads the answers to all that was sent. Returns -1 when the connection is lost. */
static int collect(struct lines *lines)
{
    struct publish_result result;

    for (; lines->unanswered > 0; lines->unanswered--) {
        redis_publish_receive(lines->redis, &result);
        note(lines, report(&result));
        if (result.outcome == PUBLISH_UNKNOWN) {
            fprintf(stderr,
                    "sse-publish: %zu more were sent without an answer; stopped at line "
                    "%zu\n",
                    lines->unanswered - 1, lines->reader.number);
            return -1;
        }
    }
    return fflush(stdout) == 0 ? 0 : -1;
}

/* Sends one line, or says what is wrong with it. Returns -1 to stop. */
static int send_line(struct lines *lines, const char *line, size_t len)
{
    struct keys_publish publish = describe(lines->options, line, len);
    struct buf why;

    if (len == 0 && !lines->options->is_text)
        return 0; /* between JSON lines an empty one says nothing */
    buf_init(&why, MESSAGE_MAX);
    if (payload_check(line, len, lines->options->is_text, &why) < 0) {
        fprintf(stderr, "sse-publish: line %zu: %.*s\n", lines->reader.number, (int)why.len,
                why.data);
        note(lines, EX_DATAERR);
        buf_deinit(&why);
        return 0;
    }
    if (redis_publish_send(lines->redis, &publish) < 0) {
        fprintf(stderr, "sse-publish: line %zu: not published: no memory\n", lines->reader.number);
        note(lines, EX_OSERR);
        return -1;
    }
    return ++lines->unanswered < PIPELINE ? 0 : collect(lines);
}

/* Sends what is there, in one go; waits for more only when all of it is answered. */
static void pump(struct lines *lines)
{
    const char *line;
    size_t len;

    for (;;) {
        switch (line_reader_next(&lines->reader, &line, &len)) {
        case LINE_READY:
            if (send_line(lines, line, len) < 0)
                return;
            break;
        case LINE_TOO_LONG:
            fprintf(stderr,
                    "sse-publish: line %zu: more than %d bytes: that is the most an "
                    "event has\n",
                    lines->reader.number, PAYLOAD_MAX);
            note(lines, EX_DATAERR);
            break;
        case LINE_NONE_YET:
            if (collect(lines) < 0)
                return;
            if (line_reader_read(&lines->reader) < 0) {
                fprintf(stderr, "sse-publish: standard input: %s\n", strerror(errno));
                note(lines, EX_IOERR);
                return;
            }
            break;
        case LINE_END:
            collect(lines);
            return;
        }
    }
}

static int publish_lines(const struct options *options)
{
    struct lines lines = {.options = options, .redis = connect_redis(options)};

    if (lines.redis == NULL)
        return EX_UNAVAILABLE;
    line_reader_init(&lines.reader, STDIN_FILENO, PAYLOAD_MAX);
    pump(&lines);
    line_reader_deinit(&lines.reader);
    redis_publish_close(lines.redis);
    return finish_output(lines.status);
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
    options->channel = argv[1];
    const char *problem = channel_check(options->channel, strlen(options->channel));
    if (problem != NULL)
        return cli_usage_error(&CLI, "the channel \"%.100s\" %s", options->channel, problem);
    if (!options->by_lines)
        return publish_one(options, argv + 2, (size_t)(argc - 2));
    if (argc > 2)
        return cli_usage_error(&CLI,
                               "with --lines all data comes from standard input, not from "
                               "\"%.100s\"",
                               argv[2]);
    return publish_lines(options);
}

int main(int argc, char **argv)
{
    struct options options = {0};

    signal(SIGPIPE, SIG_IGN);
    int status = run(&options, argc, argv);
    target_deinit(&options.target);
    return status;
}
