/* Server-Sent Events out of bytes in any split. */
#include "sse_reader.h"

#include <stdlib.h>
#include <string.h>

static void clear_frame(struct sse_reader *reader)
{
    free(reader->data);
    reader->data = NULL;
    reader->has_data = false;
    reader->frame = (struct sse_frame){.kind = SSE_EVENT};
}

void sse_reader_restart(struct sse_reader *reader)
{
    line_clear(&reader->line);
    clear_frame(reader);
}

/* The value of a field line if it is of this field, with one space after the colon skipped. */
static const char *field_value(const char *line, size_t *length, const char *field)
{
    size_t name = strlen(field);

    if (*length <= name || memcmp(line, field, name) != 0 || line[name] != ':')
        return NULL;
    name += 1 + (*length > name + 1 && line[name + 1] == ' ');
    *length -= name;
    return line + name;
}

static enum sse_kind kind_of(const char *name, size_t length)
{
    static const struct {
        const char *name;
        enum sse_kind kind;
    } KINDS[] = {{"stream-open", SSE_OPEN}, {"stream-reset", SSE_RESET}, {"end", SSE_END}};

    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (length == strlen(KINDS[i].name) && memcmp(name, KINDS[i].name, length) == 0)
            return KINDS[i].kind;
    return length >= 7 && memcmp(name, "stream-", 7) == 0 ? SSE_OWN : SSE_EVENT;
}

static void take_retry(struct sse_reader *reader, const char *text, size_t length)
{
    uint32_t ms = 0;

    if (length == 0 || length > 9)
        return;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return;
        ms = ms * 10 + (uint32_t)(text[i] - '0');
    }
    reader->retry_ms = ms;
}

static void take_line(struct sse_reader *reader, const char *line, size_t length)
{
    size_t rest = length;
    const char *value;

    if ((value = field_value(line, &rest, "data")) != NULL) {
        reader->has_data = true;
        if (reader->frame.kind == SSE_RESET && reader->data == NULL)
            reader->data = strndup(value, rest);
    } else if ((value = field_value(line, &rest, "id")) != NULL) {
        reader->frame.has_id = id_parse(value, rest, &reader->frame.id);
    } else if ((value = field_value(line, &rest, "event")) != NULL) {
        reader->frame.kind = kind_of(value, rest);
    } else if ((value = field_value(line, &rest, "retry")) != NULL) {
        take_retry(reader, value, rest);
    }
}

void sse_reader_feed(struct sse_reader *reader, const char *bytes, size_t length,
                     sse_frame_callback *on_frame, void *arg)
{
    const char *text;
    size_t text_length;

    while (length > 0) {
        if (!line_next(&reader->line, &bytes, &length, &text, &text_length))
            return;
        if (text_length > 0) {
            take_line(reader, text, text_length);
            continue;
        }
        if (reader->has_data)
            on_frame(arg, &reader->frame, reader->data);
        clear_frame(reader);
    }
}

void sse_reader_deinit(struct sse_reader *reader)
{
    line_deinit(&reader->line);
    free(reader->data);
}
