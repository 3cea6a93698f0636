/* Percent-encoding (RFC 3986, 2.1). */
#ifndef SSE_CORE_PERCENT_H
#define SSE_CORE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes `text` into `out`, which has room for len + 1 bytes and may be `text` itself,
 * and adds a NUL. With `plus`, a `+` is a space, as in query strings. Returns the decoded length,
 * or -1 and *out unchanged for a `%` without two hexadecimal digits, or for an encoded NUL. */
long percent_decode(char *out, const char *text, size_t len, bool plus);

#endif
