/* Lines, without stdio: a slow writer's line is there as soon as its end is. */
#include "line_reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

void line_reader_init(struct line_reader *reader, int fd, size_t line_max)
{
    *reader = (struct line_reader){.fd = fd, .line_max = line_max};
    buf_init(&reader->bytes, line_max + 2 + CHUNK);
}

void line_reader_deinit(struct line_reader *reader)
{
    buf_deinit(&reader->bytes);
}

enum line_status line_reader_next(struct line_reader *reader, const char **line, size_t *len)
{
    struct buf *bytes = &reader->bytes;
    /* Lines are handed out in place; line_reader_read moves the rest up. */
    const char *start = bytes->data != NULL ? bytes->data + reader->handed_out : "";
    size_t left = bytes->len - reader->handed_out;
    const char *end = memchr(start, '\n', left);
    if (end == NULL && left > reader->line_max + 1) {
        reader->is_skipping = true;
        buf_clear(bytes);
        reader->handed_out = left = 0;
    }
    if (end == NULL && !reader->is_at_end)
        return LINE_NONE_YET;
    if (end == NULL && left == 0 && !reader->is_skipping)
        return LINE_END;
    *line = start;
    *len = end != NULL ? (size_t)(end - start) : left;
    reader->handed_out += *len + (end != NULL);
    reader->number++;
    if (*len > 0 && start[*len - 1] == '\r')
        (*len)--;
    bool too_long = reader->is_skipping || *len > reader->line_max;
    reader->is_skipping = false;
    return too_long ? LINE_TOO_LONG : LINE_READY;
}

int line_reader_read(struct line_reader *reader)
{
    char chunk[CHUNK];
    ssize_t n;

    buf_consume(&reader->bytes, reader->handed_out);
    reader->handed_out = 0;
    do
        n = read(reader->fd, chunk, sizeof chunk);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    reader->is_at_end = n == 0;
    if (buf_add(&reader->bytes, chunk, (size_t)n) < 0) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}
