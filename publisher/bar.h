/* A progress bar: one line at the bottom of a terminal, drawn over and over. */
#ifndef SSE_BAR_H
#define SSE_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "progress.h"

struct bar {
    int fd; /* the terminal; -1 for none, and then nothing is drawn */
    bool is_shown;
    uint64_t due_ms; /* drawn no sooner than that */
};

/* A bar on `fd` if that is a terminal. */
void bar_init(struct bar *bar, int fd);

/* Draws it, ten times a second at most. The cursor must be at the beginning of a line. */
void bar_draw(struct bar *bar, const struct progress *progress, uint64_t now_ms);

/* Takes it away, so that other things can be written there. */
void bar_hide(struct bar *bar);

/* Appends the bar's line, at most `width` columns of it (a character is one column). Returns as
 * buf_add; on -1 some of it may be there. */
int bar_format(struct buf *out, const struct progress *progress, size_t width);

#endif
