/* Lines from a descriptor, as they come. */
#ifndef SSE_LINE_READER_H
#define SSE_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct line_reader {
    int fd;
    struct buf bytes;  /* read, and not handed out yet */
    size_t line_max;   /* longer lines are skipped */
    size_t handed_out; /* bytes of the last line, dropped at the next call */
    size_t number;     /* of the last line, from 1 */
    bool is_skipping;  /* the rest of a line that is too long */
    bool is_at_end;
};

enum line_status {
    LINE_READY,    /* *line has *len bytes, without its line end; valid until the next call */
    LINE_TOO_LONG, /* a line was skipped */
    LINE_NONE_YET, /* line_reader_read must read more */
    LINE_END       /* no more will come */
};

void line_reader_init(struct line_reader *reader, int fd, size_t line_max);
void line_reader_deinit(struct line_reader *reader);

/* The next line of what was read already; LF and CRLF end it, and so does the end of the input. */
enum line_status line_reader_next(struct line_reader *reader, const char **line, size_t *len);

/* Waits for input and reads some. Returns 0; or -1 with errno. */
int line_reader_read(struct line_reader *reader);

#endif
