/* Owner, mode and times of a copy. */
#ifndef SSE_COPY_META_H
#define SSE_COPY_META_H

#include <sys/stat.h>

/* Gives an open file or directory the mode and times that `like` has; the owner only as root, the
 * group where it may. A copy whose owner or group is another one gets no set-user-ID or
 * set-group-ID bit. Returns 0; or -1 with errno. */
int copy_meta_set(int fd, const struct stat *like);

/* The same for a symbolic link, which has no mode. */
int copy_meta_set_link(int dir, const char *name, const struct stat *like);

#endif
