/* stream-reset in words: which events are gone, as far as the server says. */
#ifndef SSE_TAIL_RESET_H
#define SSE_TAIL_RESET_H

#include "core/buf.h"

/* Appends a sentence without its full stop, of the data of a stream-reset (README): how many events
 * are gone, if that is known, and of which channels. What is no such data is quoted, up to its
 * first line end or 200 bytes, and may have control characters. Returns as buf_add. */
int tail_reset_describe(struct buf *out, const char *data);

#endif
