/* Lines as events. */
#include "publish_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/json.h"
#include "line_reader.h"
#include "payload.h"
#include "session.h"

#define MESSAGE_MAX 4096
#define PIPELINE    512 /* events that are sent before their answers are read */

struct lines {
    struct session session;
    const struct keys_publish *form;
    const struct line_rules *rules;
    struct line_reader reader;
    size_t numbers[PIPELINE]; /* of the lines that are sent and not answered */
    size_t unanswered;
    int status;
};

/* What went wrong in the end: with Redis, before what was wrong with a line. */
static void note(struct lines *lines, int status)
{
    static const int RANKS[] = {EX_OK, EX_DATAERR, EXIT_FAILURE, EX_UNAVAILABLE, EX_TEMPFAIL};

    for (size_t i = sizeof RANKS / sizeof *RANKS; i-- > 0 && RANKS[i] != lines->status;)
        if (RANKS[i] == status)
            lines->status = status;
}

static bool has_id(const struct publish_result *result)
{
    return result->outcome == PUBLISH_DONE || result->outcome == PUBLISH_NOT_LIVE;
}

/* Tells of lines from number `first` to `last` that fared alike. */
static void report(struct lines *lines, const struct publish_result *result, size_t first,
                   size_t last)
{
    char about[64];

    if (first == last)
        snprintf(about, sizeof about, "line %zu: ", first);
    else
        snprintf(about, sizeof about, "lines %zu to %zu: ", first, last);
    note(lines, session_report(&lines->session, result, about));
}

/* Reads the answers to all that was sent. Returns -1 to stop. */
static int receive_all(struct lines *lines)
{
    struct publish_result result, before = {0};
    size_t count = lines->unanswered, first = 0;

    lines->unanswered = 0;
    for (size_t i = 0; i < count; i++, before = result) {
        redis_publish_receive(lines->session.redis, &result);
        bool goes_on = i > 0 && !has_id(&result) && result.outcome == before.outcome &&
                       strcmp(result.error, before.error) == 0;
        if (goes_on)
            continue;
        if (i > 0)
            report(lines, &before, lines->numbers[first], lines->numbers[i - 1]);
        first = i;
    }
    if (count == 0)
        return 0;
    report(lines, &before, lines->numbers[first], lines->numbers[count - 1]);
    return before.gave_up ? -1 : 0;
}

/* The same, and the ids are out before a signal that came meanwhile ends the process. */
static int collect(struct lines *lines)
{
    stop_hold(&lines->session.stop);
    int result = receive_all(lines);
    if (session_flush() < 0) {
        note(lines, EXIT_FAILURE);
        result = -1;
    }
    if (result < 0)
        fprintf(stderr, "sse-publish: stopped at line %zu\n", lines->reader.number);
    else
        stop_release(&lines->session.stop);
    return result;
}

/* Says what is wrong with the line. Returns -1 to stop. */
static int refuse(struct lines *lines, const struct buf *why)
{
    fprintf(stderr, "sse-publish: line %zu: %.*s\n", lines->reader.number, (int)why->len,
            why->data ? why->data : "");
    note(lines, EX_DATAERR);
    if (!lines->rules->is_strict)
        return 0;
    if (collect(lines) == 0)
        fprintf(stderr, "sse-publish: stopped at line %zu\n", lines->reader.number);
    return -1;
}

/* Finds out the channel of a line. Returns -1 and *why when there is none. */
static int find_channel(const struct lines *lines, const char *line, size_t len,
                        struct buf *channel, struct buf *why)
{
    const char *key = lines->rules->channel_key;

    if (json_get_string(channel, line, len, key) == 0) {
        const char *problem = channel_check(channel->data ? channel->data : "", channel->len);
        if (problem == NULL && buf_add(channel, "", 1) == 0)
            return 0;
        buf_addf(why, "%s: the channel \"%.*s\" %s", key, (int)channel->len,
                 channel->data ? channel->data : "", problem ? problem : "is too long");
    } else if (lines->form->channel != NULL) {
        return buf_add(channel, lines->form->channel, strlen(lines->form->channel) + 1);
    } else {
        buf_addf(why, "it has no string %s that names its channel", key);
    }
    return -1;
}

/* Sends one line, or says what is wrong with it. Returns -1 to stop. */
static int send_event(struct lines *lines, const struct keys_publish *publish)
{
    if (redis_publish_send(lines->session.redis, publish) < 0) {
        fprintf(stderr, "sse-publish: line %zu: not published: no memory\n", lines->reader.number);
        note(lines, EXIT_FAILURE);
        return -1;
    }
    lines->numbers[lines->unanswered++] = lines->reader.number;
    return lines->unanswered < PIPELINE ? 0 : collect(lines);
}

static int send_line(struct lines *lines, const char *line, size_t len)
{
    struct keys_publish publish = *lines->form;
    struct buf why, channel;
    int result;

    if (len == 0 && !lines->rules->is_text)
        return 0; /* between JSON lines an empty one says nothing */
    buf_init(&why, MESSAGE_MAX);
    buf_init(&channel, MESSAGE_MAX);
    publish.data = line;
    publish.data_len = len;
    if (payload_check(line, len, lines->rules->is_text, &why) < 0 ||
        (lines->rules->channel_key != NULL && find_channel(lines, line, len, &channel, &why) < 0)) {
        result = refuse(lines, &why);
    } else {
        if (lines->rules->channel_key != NULL)
            publish.channel = channel.data;
        result = send_event(lines, &publish);
    }
    buf_deinit(&channel);
    buf_deinit(&why);
    return result;
}

/* A line longer than an event. Returns as send_line. */
static int skip_line(struct lines *lines)
{
    struct buf why;

    buf_init(&why, MESSAGE_MAX);
    buf_addf(&why, "more than %d bytes: that is the most an event has", PAYLOAD_MAX);
    int result = refuse(lines, &why);
    buf_deinit(&why);
    return result;
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
            if (skip_line(lines) < 0)
                return;
            break;
        case LINE_NONE_YET:
            if (collect(lines) < 0)
                return;
            if (line_reader_read(&lines->reader) < 0) {
                fprintf(stderr, "sse-publish: input: %s\n", strerror(errno));
                note(lines, EXIT_FAILURE);
                return;
            }
            break;
        case LINE_END:
            collect(lines);
            return;
        }
    }
}

int publish_lines(const struct target *target, const struct session_manner *manner,
                  const struct keys_publish *form, const struct line_rules *rules)
{
    struct lines lines = {.form = form, .rules = rules};

    lines.status = session_begin(&lines.session, target, manner);
    stop_hold(&lines.session.stop);
    if (lines.status == EX_OK)
        lines.status = session_connect(&lines.session);
    if (lines.status == EX_OK) {
        stop_release(&lines.session.stop);
        line_reader_init(&lines.reader, rules->fd, PAYLOAD_MAX);
        pump(&lines);
        line_reader_deinit(&lines.reader);
    }
    session_end(&lines.session);
    return lines.status;
}
