/* The second half of a move between filesystems. */
#ifndef SSE_COPY_REMOVE_H
#define SSE_COPY_REMOVE_H

#include "copy_job.h"

/* Removes what is below `path` and the job has copied, as long as it is still what was copied, and
 * directories that are then empty. What stays because it has changed is complained about; what was
 * never copied is not, since that has been said. Returns 0; or -1 if something stays. */
int copy_remove(struct copy_job *job, const char *path);

#endif
