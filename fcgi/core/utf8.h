/* UTF-8, as the Encoding standard decodes it: what is valid, and U+FFFD for what is not. */
#ifndef SSE_CORE_UTF8_H
#define SSE_CORE_UTF8_H

#include <stddef.h>

#include "core/buf.h"

/* Length of the longest prefix of `text` that is valid UTF-8 without NUL: `len` if all of it is.
 * Surrogates, overlong forms and code points past U+10FFFF are not valid. */
size_t utf8_valid_prefix(const char *text, size_t len);

/* Appends `text` with U+FFFD for each NUL and for each maximal part of a sequence that is not
 * UTF-8 (Encoding standard, "UTF-8 decoder"). Returns as buf_add; on -1 some of it may be there. */
int utf8_repair(struct buf *out, const char *text, size_t len);

#endif
