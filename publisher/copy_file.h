/* One regular file: its data, then what it is, then its name. */
#ifndef SSE_COPY_FILE_H
#define SSE_COPY_FILE_H

#include "copy_job.h"
#include "copy_partial.h"

/* Copies it, or goes on with what an earlier run left. A target of the same size and mtime is
 * taken for the same file. `file` is what the source was found to be; `leftovers` of the target's
 * directory, NULL for none. Returns 0; or -1, after it complained or because it is stopped. */
int copy_file(struct copy_job *job, const struct copy_place *place, const struct stat *file,
              const struct copy_leftovers *leftovers);

#endif
