/* A walk of its own before the copy, by lstat; only files with holes are opened. */
#include "copy_size.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "copy_data.h"

static off_t data_bytes(int dir, const char *name, const struct stat *file)
{
    off_t estimate = (off_t)copy_estimate(file);

    if (estimate > 0 || file->st_size == 0)
        return estimate;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return 0;
    off_t bytes = copy_data_size(fd, file->st_size);
    close(fd);
    return bytes < 0 ? file->st_size : bytes;
}

static void add(struct copy_job *job, struct copy_seen *seen, int dir, const char *name);

static void add_directory(struct copy_job *job, struct copy_seen *seen, int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

    if (list == NULL && fd >= 0)
        close(fd);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            if (copy_is_stopped(job))
                break;
            add(job, seen, fd, entry->d_name);
        }
    if (list != NULL)
        closedir(list);
}

static void add(struct copy_job *job, struct copy_seen *seen, int dir, const char *name)
{
    struct stat file;

    if (fstatat(dir, name, &file, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (S_ISDIR(file.st_mode))
        add_directory(job, seen, dir, name);
    if (!S_ISREG(file.st_mode))
        return;
    if (file.st_nlink > 1) {
        if (copy_seen_find(seen, &file) != NULL)
            return;
        copy_seen_add(seen, &file, NULL);
    }
    job->state.total += (uint64_t)data_bytes(dir, name, &file);
}

void copy_size_add(struct copy_job *job, struct copy_seen *seen, const char *path)
{
    add(job, seen, AT_FDCWD, path);
}
