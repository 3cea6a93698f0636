/* fchown(2), attributes, fchmod(2), futimens(3), in this order: a change of owner clears set-ID
 * bits and capabilities, an ACL changes the mode, and all that is written moves the times. */
#include "copy_meta.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "copy_attributes.h"

int copy_meta_set(struct copy_job *job, int from, int to, const struct stat *like)
{
    const struct timespec times[] = {like->st_atim, like->st_mtim};
    mode_t denied = 0;

    if (geteuid() == 0) {
        if (fchown(to, like->st_uid, like->st_gid) < 0)
            return -1;
    } else {
        if (like->st_uid != geteuid())
            denied |= S_ISUID;
        if (fchown(to, (uid_t)-1, like->st_gid) < 0)
            denied |= S_ISGID;
    }
    mode_t mode = copy_attributes(job, from, to, like) & 07777 & ~denied;
    return fchmod(to, mode) < 0 || futimens(to, times) < 0 ? -1 : 0;
}

/* By a descriptor: the name may mean something else by now, in a directory that others write to. */
int copy_meta_set_link(int dir, const char *name, const struct stat *like)
{
    const struct timespec times[] = {like->st_atim, like->st_mtim};
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), result = -1;
    struct stat link;

    if (fd >= 0 && fstat(fd, &link) == 0 && !S_ISLNK(link.st_mode))
        errno = EEXIST;
    else if (fd >= 0 &&
             (geteuid() != 0 || fchownat(fd, "", like->st_uid, like->st_gid, AT_EMPTY_PATH) == 0))
        result = utimensat(fd, "", times, AT_EMPTY_PATH);
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return result;
}
