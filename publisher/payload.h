/* The data of an event: out of arguments, and checked before anything is sent. */
#ifndef SSE_PAYLOAD_H
#define SSE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

#define PAYLOAD_MAX (256 * 1024) /* bytes; the responder's SSE_MAX_EVENT by default */

/* Whether an argument is `key=value` or `key:=json`: a key is letters (of any script),
 * digits, _ and -, and begins with neither digit nor -. No JSON text looks like that. */
bool payload_is_pair(const char *argument);

/* Appends the JSON object that the pairs make: `key=value` gives a string, `key:=json` the JSON
 * value as it is written. Returns 0; or -1 and *why says which one is wrong. */
int payload_from_pairs(struct buf *out, char *const *pairs, size_t count, struct buf *why);

/* 0 if the data can be sent: not too large, UTF-8 without NUL, and JSON unless `is_text`.
 * Otherwise -1; *why says what is wrong, and for JSON shows the place, with a mark under it. */
int payload_check(const char *data, size_t len, bool is_text, struct buf *why);

#endif
