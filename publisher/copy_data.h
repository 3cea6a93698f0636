/* The bytes of one file, stretch by stretch: what is a hole in the source is one in the target. */
#ifndef SSE_COPY_DATA_H
#define SSE_COPY_DATA_H

#include <sys/types.h>

#include "copy_job.h"

/* The next stretch of data at or behind `offset`, below `size`: *start to *end. Where the
 * filesystem knows no holes all is data. Returns 1; 0 if there is none; or -1 with errno. */
int copy_data_next(int fd, off_t offset, off_t size, off_t *start, off_t *end);

/* How many of the first `size` bytes are data; or -1 with errno. */
off_t copy_data_size(int fd, off_t size);

/* Copies what is data in [from, size) to the same places, and counts it; `out` ends up with `size`
 * bytes. By copy_file_range(2), or, where that cannot be (or `by_hand`), by reading and writing.
 * Always ascending: after any end the target's size says how far it came. Returns 0; or -1 with
 * errno: ECANCELED when stopped, ENODATA when the source ended before `size`. */
int copy_data(struct copy_job *job, int in, int out, off_t from, off_t size, bool by_hand);

#define COPY_SMALL_BYTES 65536

/* The same for all of a file of at most COPY_SMALL_BYTES without holes: in as few calls as can be,
 * since there may be many. */
int copy_data_small(struct copy_job *job, int in, int out, off_t size);

#endif
