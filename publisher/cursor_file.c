/* A line in a file, written over or replaced by rename(2). */
#include "cursor_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CURSOR_MAX 4096

int cursor_file_read(const char *path, struct buf *cursor)
{
    char text[CURSOR_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = 0;

    if (fd < 0 && errno != ENOENT)
        return -1;
    if (fd >= 0) {
        len = read(fd, text, sizeof text);
        int error = errno;
        close(fd);
        errno = error;
    }
    if (len < 0)
        return -1;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    errno = EINVAL;
    for (ssize_t i = 0; i < len; i++)
        if (text[i] == '\0' || text[i] == '\n' || text[i] == '\r')
            return -1;
    if (len > CURSOR_MAX)
        return -1;
    errno = ENOMEM;
    return buf_add(cursor, text, (size_t)len) < 0 || buf_add(cursor, "", 1) < 0 ? -1 : 0;
}

/* Returns 0; or -1 with errno. */
static int write_line(int fd, const char *line, size_t len, bool is_safe)
{
    ssize_t written = pwrite(fd, line, len, 0);

    if (written >= 0 && (size_t)written < len)
        errno = ENOSPC;
    if (written != (ssize_t)len)
        return -1;
    return is_safe ? fdatasync(fd) : 0;
}

static int close_after(int fd, int result)
{
    int error = errno;

    if (close(fd) < 0 && result == 0)
        return -1;
    errno = error;
    return result;
}

/* Returns 1 if the file is not one to be written over: it is not there, or has another length, or
 * is a link or has a second name. */
static int overwrite(const char *path, const char *line, size_t len, bool is_safe)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat file;

    if (fd < 0)
        return 1;
    if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 1 &&
        file.st_size == (off_t)len)
        return close_after(fd, write_line(fd, line, len, is_safe));
    close(fd);
    return 1;
}

/* PATH.new as a file that is new, and no other one by this name, which somebody may have put there.
 * Returns a descriptor and the name, which the caller frees; or -1 with errno and NULL. */
static int make_beside(const char *path, char **beside)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;

    if (asprintf(beside, "%s.new", path) < 0) {
        *beside = NULL;
        errno = ENOMEM;
        return -1;
    }
    int fd = open(*beside, flags, 0666);
    if (fd < 0 && errno == EEXIST && unlink(*beside) == 0)
        fd = open(*beside, flags, 0666);
    if (fd < 0) {
        int error = errno;
        free(*beside);
        *beside = NULL;
        errno = error;
    }
    return fd;
}

static int replace(const char *path, const char *line, size_t len)
{
    char *beside;
    int fd = make_beside(path, &beside);

    if (fd < 0)
        return -1;
    int result = close_after(fd, write_line(fd, line, len, true));
    if (result == 0)
        result = rename(beside, path);
    int error = errno;
    if (result < 0)
        unlink(beside);
    free(beside);
    errno = error;
    return result;
}

int cursor_file_check(const char *path)
{
    char *beside;
    int fd = make_beside(path, &beside);

    if (fd < 0)
        return -1;
    int result = close_after(fd, unlink(beside));
    int error = errno;
    free(beside);
    errno = error;
    return result;
}

int cursor_file_write(const char *path, const char *cursor, bool is_safe)
{
    char line[CURSOR_MAX + 2];
    size_t len = strlen(cursor);

    if (len > CURSOR_MAX) {
        errno = EFBIG;
        return -1;
    }
    memcpy(line, cursor, len);
    line[len] = '\n';
    int result = overwrite(path, line, len + 1, is_safe);
    return result == 1 ? replace(path, line, len + 1) : result;
}
