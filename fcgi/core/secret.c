/* Secrets by stdio; what is read stays in no buffer of ours. */
#include "core/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *check(const char *text, size_t len)
{
    if (len == 0)
        return "holds no password";
    if (len > SECRET_MAX)
        return "holds more than a password has: 4096 bytes";
    if (memchr(text, '\0', len) != NULL || memchr(text, '\n', len) != NULL)
        return "must hold one line of text, the password";
    return NULL;
}

const char *secret_read(char **secret, const char *path)
{
    char text[SECRET_MAX + 3]; /* a line end, and one byte that is too many */
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return strerror(errno);
    setvbuf(file, NULL, _IONBF, 0);
    size_t len = fread(text, 1, sizeof text, file);
    const char *problem = ferror(file) ? strerror(errno) : NULL;
    fclose(file);
    if (len > 0 && text[len - 1] == '\n')
        len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
    if (problem == NULL)
        problem = check(text, len);
    if (problem == NULL && (*secret = strndup(text, len)) == NULL)
        problem = "cannot be read: no memory";
    explicit_bzero(text, sizeof text);
    return problem;
}
