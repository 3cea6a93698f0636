/* fchown(2), fchmod(2), futimens(3), in this order: a change of owner clears set-ID bits, and all
 * that is written moves the times. */
#include "copy_meta.h"

#include <fcntl.h>
#include <unistd.h>

int copy_meta_set(int fd, const struct stat *like)
{
    const struct timespec times[] = {like->st_atim, like->st_mtim};
    mode_t mode = like->st_mode & 07777;

    if (geteuid() == 0) {
        if (fchown(fd, like->st_uid, like->st_gid) < 0)
            return -1;
    } else {
        if (like->st_uid != geteuid())
            mode &= ~(mode_t)S_ISUID;
        if (fchown(fd, (uid_t)-1, like->st_gid) < 0)
            mode &= ~(mode_t)S_ISGID;
    }
    return fchmod(fd, mode) < 0 || futimens(fd, times) < 0 ? -1 : 0;
}

int copy_meta_set_link(int dir, const char *name, const struct stat *like)
{
    const struct timespec times[] = {like->st_atim, like->st_mtim};

    if (geteuid() == 0 && fchownat(dir, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW);
}
