/* A byte buffer that grows up to a hard limit. */
#ifndef SSE_CORE_BUF_H
#define SSE_CORE_BUF_H

#include <stddef.h>

/* `data` holds `len` bytes; it is NULL while nothing was ever added. Read them freely, change them
 * by the functions below only. */
struct buf {
    char *data;
    size_t len;
    size_t cap; /* allocated bytes */
    size_t max; /* `len` never passes it */
};

/* An empty buffer for at most `max` bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* Frees the content; the buffer is then empty and usable again, with the same limit. */
void buf_deinit(struct buf *buf);

/* Appends. Returns 0; or -1 past the limit or without memory, and the content is as before. */
int buf_add(struct buf *buf, const void *data, size_t len);

/* Appends a NUL-terminated string, without its NUL. Otherwise as buf_add. */
int buf_adds(struct buf *buf, const char *text);

/* Appends what printf(3) would write. Otherwise as buf_add. */
int buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops the first `len` bytes (all, if there are fewer). Keeps the memory. */
void buf_consume(struct buf *buf, size_t len);

/* Drops everything. Keeps the memory. */
void buf_clear(struct buf *buf);

#endif
