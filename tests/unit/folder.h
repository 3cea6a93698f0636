/* A private folder for one test, and the descriptors that it may not leak. */
#ifndef SSE_TEST_FOLDER_H
#define SSE_TEST_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

struct folder {
    char path[64];
};

static inline void folder_make(struct folder *folder)
{
    strcpy(folder->path, "/tmp/sse-unit-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

/* The path of a file in the folder; valid until the fourth call from now. */
static inline const char *folder_path(const struct folder *folder, const char *name)
{
    static char paths[4][400];
    static int turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

/* Removes the folder and the files in it. */
static inline void folder_remove(const struct folder *folder)
{
    DIR *files = opendir(folder->path);

    for (struct dirent *file; files != NULL && (file = readdir(files)) != NULL;)
        unlink(folder_path(folder, file->d_name));
    closedir(files);
    rmdir(folder->path);
}

static inline int open_descriptors(void)
{
    DIR *files = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(files) != NULL)
        count++;
    closedir(files);
    return count;
}

/* A socket that listens on the path, or a connection to it; -1 with errno if there can be none. */
static inline int unix_socket(const char *path, bool listens)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, path);
    int result = listens ? bind(fd, (struct sockaddr *)&address, sizeof address)
                         : connect(fd, (struct sockaddr *)&address, sizeof address);
    if (result < 0 || (listens && listen(fd, 1024) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

#endif
