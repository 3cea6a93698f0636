/* A line in a file, replaced by rename(2). */
#include "cursor_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int write_line(int fd, const char *cursor)
{
    size_t len = strlen(cursor);
    char line[CURSOR_MAX + 1];

    if (len > CURSOR_MAX) {
        errno = EFBIG;
        return -1;
    }
    memcpy(line, cursor, len);
    line[len] = '\n';
    ssize_t written = write(fd, line, len + 1);
    if (written >= 0 && (size_t)written < len + 1)
        errno = ENOSPC;
    return written == (ssize_t)len + 1 ? 0 : -1;
}

int cursor_file_write(const char *path, const char *cursor)
{
    char *beside = NULL;
    int result = -1, error;

    if (asprintf(&beside, "%s.new", path) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        result = write_line(fd, cursor);
        error = errno;
        if (close(fd) < 0 && result == 0) {
            result = -1;
            error = errno;
        }
        if (result == 0 && (result = rename(beside, path)) < 0)
            error = errno;
        if (result < 0)
            unlink(beside);
        errno = error;
    }
    free(beside);
    return result;
}
