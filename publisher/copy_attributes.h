/* What a file or directory has besides owner, mode and times: extended attributes and ACLs. */
#ifndef SSE_COPY_ATTRIBUTES_H
#define SSE_COPY_ATTRIBUTES_H

#include <sys/stat.h>

#include "copy_job.h"

/* Gives `to` what `from` has of user.* and ACLs and, as root, its capabilities, and takes from it
 * the ACLs that it has by its directory's default. To be called between the change of owner, which
 * takes capabilities away, and that of the mode, behind which not all can be written.
 *
 * Returns the mode that `to` shall get: that of `like`; but without an ACL that the target cannot
 * have, the group's rights are those that the ACL gave to the group. What cannot be kept is said
 * once a copy, and is no failure. */
mode_t copy_attributes(struct copy_job *job, int from, int to, const struct stat *like);

#endif
