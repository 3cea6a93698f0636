/* JSON text: is it some, and a string as JSON. */
#ifndef SSE_CORE_JSON_H
#define SSE_CORE_JSON_H

#include <stddef.h>

#include "core/buf.h"

struct json_fault {
    size_t at;        /* byte offset of what is wrong */
    const char *what; /* e.g. "unexpected character"; not to be freed */
};

/* 0 if `text` is one JSON value (RFC 8259, UTF-8, spaces around it allowed, nested at most 100
 * deep), so that any JSON.parse takes it. Otherwise -1 and *fault. */
int json_check(const char *text, size_t len, struct json_fault *fault);

/* Appends `text` (UTF-8) as a JSON string, quotes included. Returns as buf_add. */
int json_add_string(struct buf *out, const char *text, size_t len);

/* Appends the string that an object has as its member `path`; for `a.b`, that the object in its
 * member `a` has as `b`. `text` has passed json_check. Returns 0; or -1 when there is no such
 * string or as buf_add. */
int json_get_string(struct buf *out, const char *text, size_t len, const char *path);

#endif
