/* A client, as small as it can be: SSE text -> events (WHATWG HTML, 9.2.6), for what our frames
 * must become at the other end. */
#ifndef SSE_TEST_SSE_MODEL_H
#define SSE_TEST_SSE_MODEL_H

#include "test.h"

struct sse_event {
    char type[256];
    char data[4096];
    char last_id[64]; /* of the client, when the event came */
    long retry;       /* that came in the event's block; -1 for none */
};

struct sse_model {
    struct sse_event now; /* the block that is being read */
    bool has_data;
    struct sse_event events[64];
    size_t count;
    size_t comments;
};

static inline void sse_dispatch(struct sse_model *model)
{
    struct sse_event *now = &model->now;

    if (model->has_data) {
        now->data[strlen(now->data) - 1] = '\0'; /* the line end behind the last line */
        if (now->type[0] == '\0')
            strcpy(now->type, "message");
        if (model->count == COUNT(model->events))
            fail_msg("too many events");
        model->events[model->count++] = *now;
    }
    now->type[0] = now->data[0] = '\0';
    now->retry = -1;
    model->has_data = false;
}

static inline void sse_append(char *to, size_t room, const char *text, size_t len)
{
    size_t old = strlen(to);

    if (old + len + 1 > room)
        fail_msg("a field too long");
    memcpy(to + old, text, len);
    to[old + len] = '\0';
}

static inline void sse_line(struct sse_model *model, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : len;
    const char *value = colon ? colon + 1 : line + len;
    struct sse_event *now = &model->now;

    if (value < line + len && *value == ' ')
        value++;
    size_t value_len = (size_t)(line + len - value);
    if (colon == line)
        model->comments++;
    else if (name_len == 4 && memcmp(line, "data", 4) == 0) {
        sse_append(now->data, sizeof now->data, value, value_len);
        sse_append(now->data, sizeof now->data, "\n", 1);
        model->has_data = true;
    } else if (name_len == 5 && memcmp(line, "event", 5) == 0) {
        now->type[0] = '\0';
        sse_append(now->type, sizeof now->type, value, value_len);
    } else if (name_len == 2 && memcmp(line, "id", 2) == 0) {
        now->last_id[0] = '\0';
        sse_append(now->last_id, sizeof now->last_id, value, value_len);
    } else if (name_len == 5 && memcmp(line, "retry", 5) == 0) {
        now->retry = strtol(value, NULL, 10);
    } else {
        fail_msg("an unknown field: \"%.*s\"", (int)len, line);
    }
}

/* Reads the text to its end. What is not ended by a blank line is no event. */
static inline void sse_read(struct sse_model *model, const char *text, size_t len)
{
    memset(model, 0, sizeof *model);
    model->now.retry = -1;
    while (len > 0) {
        size_t line = 0;
        while (line < len && text[line] != '\n' && text[line] != '\r')
            line++;
        if (line == len)
            return;
        if (line == 0)
            sse_dispatch(model);
        else
            sse_line(model, text, line);
        size_t past = line + (text[line] == '\r' && line + 1 < len && text[line + 1] == '\n') + 1;
        text += past;
        len -= past;
    }
}

#endif
