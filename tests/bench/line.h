/* Lines out of bytes in any split. A line that comes whole is not copied. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Of a line in several pieces only this much is kept; no line that we look into is longer. */
#define LINE_KEPT 1024

/* The beginning of a line whose end has not come. All zero is an empty one. */
struct line {
    char *kept;
    size_t length, room;
};

/*
 * Takes bytes up to and with the next LF: *bytes and *length move on. True when a line is whole;
 * *text and *text_length are it without its LF or CR LF, not terminated, valid until the next call.
 * False when the bytes are used up.
 */
bool line_next(struct line *line, const char **bytes, size_t *length, const char **text,
               size_t *text_length);

/* Forgets the beginning of a line. */
void line_clear(struct line *line);
void line_deinit(struct line *line);

#endif
