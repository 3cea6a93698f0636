/* Owner, attributes, mode and times of a copy. */
#ifndef SSE_COPY_META_H
#define SSE_COPY_META_H

#include <sys/stat.h>

#include "copy_job.h"

/* Gives the open file or directory `to` what `from` has: attributes, mode and times; the owner only
 * as root, the group where it may. `like` is what it was when it was read. A copy whose owner or
 * group is another one gets no set-user-ID or set-group-ID bit. Returns 0; or -1 with errno. */
int copy_meta_set(struct copy_job *job, int from, int to, const struct stat *like);

/* The same for a symbolic link, which has no mode. */
int copy_meta_set_link(int dir, const char *name, const struct stat *like);

#endif
