/* One HTTP/1.1 response out of bytes in any split. */
#include "http_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_reader_restart(struct http_reader *reader)
{
    struct line line = reader->line;

    line_clear(&line);
    *reader = (struct http_reader){.line = line};
}

/* The value of a header line of this name, or NULL. */
static const char *header_value(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " \t");
}

static enum http_end end_header(struct http_reader *reader)
{
    bool is_empty = reader->status == 204 || reader->status == 304;

    reader->part = reader->is_chunked ? HTTP_CHUNK_SIZE : HTTP_BODY;
    return is_empty || (reader->has_length && reader->left == 0) ? HTTP_COMPLETE : HTTP_GOES_ON;
}

static enum http_end take_header(struct http_reader *reader, const char *line)
{
    const char *value;

    if (line[0] == '\0')
        return end_header(reader);
    if ((value = header_value(line, "Transfer-Encoding")) != NULL)
        reader->is_chunked = strstr(value, "chunked") != NULL;
    if ((value = header_value(line, "Content-Length")) != NULL) {
        reader->has_length = true;
        reader->left = strtoull(value, NULL, 10);
    }
    return HTTP_GOES_ON;
}

static enum http_end take_chunk_size(struct http_reader *reader, const char *line)
{
    char *end;

    reader->left = strtoull(line, &end, 16);
    reader->part = HTTP_CHUNK;
    if (end == line)
        return HTTP_BROKEN;
    return reader->left == 0 ? HTTP_COMPLETE : HTTP_GOES_ON;
}

static enum http_end take_line(struct http_reader *reader, const char *text, size_t length)
{
    char line[512]; /* terminated; what matters of a header fits */

    snprintf(line, sizeof line, "%.*s", (int)length, text);
    switch (reader->part) {
    case HTTP_STATUS:
        reader->part = HTTP_HEADER;
        return sscanf(line, "HTTP/1.%*1[01] %d", &reader->status) == 1 ? HTTP_GOES_ON : HTTP_BROKEN;
    case HTTP_HEADER:
        return take_header(reader, line);
    case HTTP_CHUNK_SIZE:
        return take_chunk_size(reader, line);
    case HTTP_CHUNK_END:
        reader->part = HTTP_CHUNK_SIZE;
        return length == 0 ? HTTP_GOES_ON : HTTP_BROKEN;
    case HTTP_BODY:
    case HTTP_CHUNK:
        break;
    }
    return HTTP_BROKEN;
}

/* Takes a piece of body; *length is what there is before and what was taken after. */
static enum http_end take_body(struct http_reader *reader, const char *bytes, size_t *length,
                               http_body_callback *on_body, void *arg)
{
    bool is_bounded = reader->part == HTTP_CHUNK || reader->has_length;

    if (is_bounded && *length > reader->left)
        *length = (size_t)reader->left;
    reader->body += *length;
    if (reader->status == 200)
        on_body(arg, bytes, *length);
    if (!is_bounded)
        return HTTP_GOES_ON;
    reader->left -= *length;
    if (reader->left > 0)
        return HTTP_GOES_ON;
    if (reader->part == HTTP_BODY)
        return HTTP_COMPLETE;
    reader->part = HTTP_CHUNK_END;
    return HTTP_GOES_ON;
}

enum http_end http_reader_feed(struct http_reader *reader, const char *bytes, size_t length,
                               http_body_callback *on_body, void *arg)
{
    enum http_end end = HTTP_GOES_ON;
    const char *text;
    size_t text_length;

    while (length > 0 && end == HTTP_GOES_ON) {
        if (reader->part == HTTP_BODY || reader->part == HTTP_CHUNK) {
            size_t taken = length;
            end = take_body(reader, bytes, &taken, on_body, arg);
            bytes += taken;
            length -= taken;
        } else if (line_next(&reader->line, &bytes, &length, &text, &text_length)) {
            end = take_line(reader, text, text_length);
        }
    }
    return end;
}

void http_reader_deinit(struct http_reader *reader)
{
    line_deinit(&reader->line);
}
