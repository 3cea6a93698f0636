/* What a command writes to a terminal, as lines of plain text: colours and other sequences
 * (ECMA-48) are left out, a carriage return begins the line anew. Pure: bytes in, lines out. */
#ifndef SSE_TERMINAL_TEXT_H
#define SSE_TERMINAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_LINE_MAX 4096 /* bytes; what is behind them is left out */

struct terminal_text {
    /* A line, with a NUL behind it: `is_final` when it ended by a line feed, else something else
     * is written over it. */
    void (*on_line)(void *context, const char *line, size_t len, bool is_final);
    void *context;
    enum { TEXT_PLAIN, TEXT_ESCAPE, TEXT_SEQUENCE, TEXT_STRING, TEXT_STRING_ESCAPE } state;
    bool has_return; /* the last byte was a carriage return */
    size_t len;
    char line[TERMINAL_LINE_MAX + 1];
};

void terminal_text_init(struct terminal_text *text,
                        void (*on_line)(void *context, const char *line, size_t len, bool is_final),
                        void *context);

/* Takes bytes in any split. */
void terminal_text_feed(struct terminal_text *text, const char *bytes, size_t len);

/* The line that has not ended yet, with a NUL behind it. */
const char *terminal_text_pending(struct terminal_text *text, size_t *len);

/* Nothing more comes: what is there is the last line. */
void terminal_text_end(struct terminal_text *text);

#endif
