/* How much there is to copy. */
#ifndef SSE_COPY_SIZE_H
#define SSE_COPY_SIZE_H

#include "copy_job.h"

/* Walks the source `path` and adds its bytes of data to the job's total, each file once however
 * many hard links it has. What cannot be read is left for the copy to complain about. `seen` is
 * for one walk over all sources. Ends early when stopped, or without memory. */
void copy_size_add(struct copy_job *job, struct copy_seen *seen, const char *path);

#endif
