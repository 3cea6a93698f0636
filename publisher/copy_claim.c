/* The claim is an empty file; its name has the source's device and inode, which stay. */
#include "copy_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "copy_partial.h"

static void claim_name(char out[COPY_PARTIAL_NAME], const struct stat *source)
{
    snprintf(out, COPY_PARTIAL_NAME, ".sse-copy-%" PRIx64 "-%" PRIx64 ".tree",
             (uint64_t)source->st_dev, (uint64_t)source->st_ino);
}

static int open_directory(int dir, const char *name)
{
    return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool copy_claim_is_on(const char *path, const struct stat *source)
{
    char claim[COPY_PARTIAL_NAME];
    struct stat there;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    claim_name(claim, source);
    bool is_on = fd >= 0 && fstatat(fd, claim, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                 there.st_uid == geteuid(); /* else somebody else has put it there */
    if (fd >= 0)
        close(fd);
    return is_on;
}

/* Puts the claim into a directory that has but its hidden name yet. */
static int claim_hidden(int dir, const char *hidden, const struct stat *source)
{
    char claim[COPY_PARTIAL_NAME];
    int fd = open_directory(dir, hidden);

    if (fd < 0)
        return -1;
    claim_name(claim, source);
    int file = openat(fd, claim, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int error = errno;
    if (file >= 0)
        close(file);
    close(fd);
    errno = error;
    return file < 0 ? -1 : 0;
}

/* Makes the directory; one of an earlier run will do. What is another user's, or no directory, is
 * removed if that can be. */
static int make_hidden(int dir, const char *hidden)
{
    struct stat there;

    if (mkdirat(dir, hidden, 0700) == 0)
        return 0;
    if (errno != EEXIST || fstatat(dir, hidden, &there, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (S_ISDIR(there.st_mode) && there.st_uid == geteuid())
        return 0;
    if (unlinkat(dir, hidden, S_ISDIR(there.st_mode) ? AT_REMOVEDIR : 0) < 0) {
        errno = EEXIST;
        return -1;
    }
    return mkdirat(dir, hidden, 0700);
}

int copy_claim_make(int dir, const char *name, const struct stat *source)
{
    char hidden[COPY_PARTIAL_NAME];
    struct stat there;

    if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    copy_partial_link_name(hidden, name);
    if (make_hidden(dir, hidden) < 0 || claim_hidden(dir, hidden, source) < 0)
        return -1;
    return renameat(dir, hidden, dir, name);
}

/* Not everybody may write to his own directory, once it has its mode. */
static int remove_claim(int fd, const char *claim)
{
    struct stat now;

    if (unlinkat(fd, claim, 0) == 0)
        return 0;
    if (errno != EACCES || fstat(fd, &now) < 0 || fchmod(fd, (now.st_mode & 07777) | S_IRWXU) < 0)
        return -1;
    int result = unlinkat(fd, claim, 0);
    return fchmod(fd, now.st_mode & 07777) < 0 ? -1 : result;
}

int copy_claim_end(int dir, const char *name, const struct stat *source)
{
    const struct timespec times[] = {source->st_atim, source->st_mtim};
    char claim[COPY_PARTIAL_NAME];
    int fd = open_directory(dir, name), result = 0;

    if (fd < 0)
        return -1;
    claim_name(claim, source);
    if (remove_claim(fd, claim) == 0)
        result = futimens(fd, times);
    else if (errno != ENOENT)
        result = -1;
    int error = errno;
    close(fd);
    errno = error;
    return result;
}
