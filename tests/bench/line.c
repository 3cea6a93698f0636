/* Lines out of bytes in any split. */
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without memory a load client has nothing more to say. */
static void keep(struct line *line, const char *bytes, size_t length)
{
    if (length > LINE_KEPT - line->length)
        length = LINE_KEPT - line->length;
    if (line->length + length > line->room) {
        line->room = line->length + length;
        line->kept = realloc(line->kept, line->room);
        if (line->kept == NULL) {
            fputs("streams: no memory\n", stderr);
            abort();
        }
    }
    if (length > 0)
        memcpy(line->kept + line->length, bytes, length);
    line->length += length;
}

bool line_next(struct line *line, const char **bytes, size_t *length, const char **text,
               size_t *text_length)
{
    const char *end = *length > 0 ? memchr(*bytes, '\n', *length) : NULL;
    size_t taken = end != NULL ? (size_t)(end - *bytes) : *length;

    if (end == NULL || line->length > 0)
        keep(line, *bytes, taken);
    *text = line->length > 0 ? line->kept : *bytes;
    *text_length = line->length > 0 ? line->length : taken;
    *bytes += taken + (end != NULL);
    *length -= taken + (end != NULL);
    if (end == NULL)
        return false;
    if (*text_length > 0 && (*text)[*text_length - 1] == '\r')
        --*text_length;
    line->length = 0;
    return true;
}

void line_clear(struct line *line)
{
    line->length = 0;
}

void line_deinit(struct line *line)
{
    free(line->kept);
    *line = (struct line){0};
}
