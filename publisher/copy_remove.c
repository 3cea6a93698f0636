/* A walk like that of the copy, from the leaves up. */
#include "copy_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int remove_name(struct copy_job *job, int dir, const char *name);

static int remove_entries(struct copy_job *job, DIR *list)
{
    int result = 0;

    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        size_t len = job->source.len;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (copy_is_stopped(job) || copy_enter(&job->source, entry->d_name) < 0)
            return -1;
        if (remove_name(job, dirfd(list), entry->d_name) < 0)
            result = -1;
        copy_leave(&job->source, len);
    }
    return result;
}

static int remove_directory(struct copy_job *job, int dir, const char *name,
                            const struct copy_seen_file *known)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

    if (list == NULL && fd >= 0)
        close(fd);
    if (list == NULL)
        return -1; /* nor could it be copied */
    int result = remove_entries(job, list);
    closedir(list);
    if (result < 0 || known == NULL)
        return -1;
    if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
        return 0;
    return copy_complain(job, "is copied, but cannot be removed: %s", strerror(errno));
}

static int remove_name(struct copy_job *job, int dir, const char *name)
{
    struct stat file;

    if (fstatat(dir, name, &file, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    const struct copy_seen_file *known = copy_seen_find(&job->seen, &file);
    if (S_ISDIR(file.st_mode))
        return remove_directory(job, dir, name, known);
    if (known == NULL)
        return -1;
    if (!copy_seen_is_unchanged(known, &file))
        return copy_complain(job, "has changed since it was copied, and stays");
    if (unlinkat(dir, name, 0) == 0)
        return 0;
    return copy_complain(job, "is copied, but cannot be removed: %s", strerror(errno));
}

int copy_remove(struct copy_job *job, const char *path)
{
    copy_leave(&job->source, 0);
    if (copy_enter(&job->source, path) < 0)
        return -1;
    return remove_name(job, AT_FDCWD, path);
}
