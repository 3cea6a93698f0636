/* The data of an event, checked before anything is sent. */
#ifndef SSE_PAYLOAD_H
#define SSE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

#define PAYLOAD_MAX (256 * 1024) /* bytes; the responder's SSE_MAX_EVENT by default */

/* 0 if the data can be sent: not too large, UTF-8 without NUL, and JSON unless `is_text`.
 * Otherwise -1; *why says what is wrong, and for JSON shows the place, with a mark under it. */
int payload_check(const char *data, size_t len, bool is_text, struct buf *why);

#endif
