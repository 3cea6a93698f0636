/* Lines of standard input as events. */
#include "publish_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "line_reader.h"
#include "payload.h"
#include "session.h"

#define MESSAGE_MAX 4096
#define PIPELINE    512 /* events that are sent before their answers are read */

struct lines {
    const struct target *target;
    const struct keys_publish *form;
    bool is_text;
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
        note(lines, session_report(&result));
        if (result.outcome == PUBLISH_UNKNOWN) {
            fprintf(stderr,
                    "sse-publish: stopped at line %zu: of the last %zu events sent nothing is "
                    "known\n",
                    lines->reader.number, lines->unanswered);
            return -1;
        }
    }
    if (session_flush() == 0)
        return 0;
    fprintf(stderr, "sse-publish: stopped at line %zu\n", lines->reader.number);
    note(lines, EXIT_FAILURE);
    return -1;
}

/* While the input was silent Redis may have gone and come back. Returns -1 if it is away. */
static int keep_connected(struct lines *lines)
{
    if (lines->unanswered > 0 || redis_publish_is_connected(lines->redis))
        return 0;
    redis_publish_close(lines->redis);
    lines->redis = session_connect(lines->target);
    if (lines->redis != NULL)
        return 0;
    fprintf(stderr, "sse-publish: stopped at line %zu\n", lines->reader.number);
    note(lines, EX_UNAVAILABLE);
    return -1;
}

/* Sends one line, or says what is wrong with it. Returns -1 to stop. */
static int send_line(struct lines *lines, const char *line, size_t len)
{
    struct keys_publish publish = *lines->form;
    struct buf why;

    if (len == 0 && !lines->is_text)
        return 0; /* between JSON lines an empty one says nothing */
    buf_init(&why, MESSAGE_MAX);
    if (payload_check(line, len, lines->is_text, &why) < 0) {
        fprintf(stderr, "sse-publish: line %zu: %.*s\n", lines->reader.number, (int)why.len,
                why.data);
        note(lines, EX_DATAERR);
        buf_deinit(&why);
        return 0;
    }
    if (keep_connected(lines) < 0)
        return -1;
    publish.data = line;
    publish.data_len = len;
    if (redis_publish_send(lines->redis, &publish) < 0) {
        fprintf(stderr, "sse-publish: line %zu: not published: no memory\n", lines->reader.number);
        note(lines, EXIT_FAILURE);
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

int publish_lines(const struct target *target, const struct keys_publish *form, bool is_text)
{
    struct lines lines = {.target = target, .form = form, .is_text = is_text};

    lines.redis = session_connect(target);
    if (lines.redis == NULL)
        return EX_UNAVAILABLE;
    line_reader_init(&lines.reader, STDIN_FILENO, PAYLOAD_MAX);
    pump(&lines);
    line_reader_deinit(&lines.reader);
    redis_publish_close(lines.redis);
    return lines.status;
}
