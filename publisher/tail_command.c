/* The shell, by posix_spawn(3). The data is a file in memory, so that nobody waits for a command
 * that does not read it. */
#include "tail_command.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, data, len);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            data += written;
            len -= (size_t)written;
        }
    }
    return 0;
}

/* The data and a line end as a file, to be read from its start; -1 with errno. */
static int open_data(const char *data, size_t len)
{
    int fd = memfd_create("sse-tail data", MFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (write_all(fd, data, len) < 0 || write_all(fd, "\n", 1) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Ours is changed: posix_spawn copies it, and nobody else here reads it. */
static int set_environment(const struct tail_event *event)
{
    if (setenv("SSE_ID", event->id, 1) < 0 || setenv("SSE_EVENT", event->name, 1) < 0 ||
        setenv("SSE_CHANNEL", event->channel, 1) < 0)
        return -1;
    if (event->data_len > TAIL_COMMAND_DATA_MAX)
        return unsetenv("SSE_DATA");
    return setenv("SSE_DATA", event->data, 1);
}

/* Returns the pid; -1 with errno. */
static pid_t spawn(const char *command, int data_fd, const sigset_t *mask)
{
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, NULL, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    pid_t pid = -1;
    int error;

    if ((argv[2] = strdup(command)) == NULL)
        return -1;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    error = posix_spawn_file_actions_adddup2(&files, data_fd, STDIN_FILENO);
    if (error == 0)
        error = posix_spawn(&pid, "/bin/sh", &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    free(argv[2]);
    errno = error;
    return error == 0 ? pid : -1;
}

int tail_command_run(const char *command, const struct tail_event *event, const sigset_t *mask)
{
    int status = 0;

    if (set_environment(event) < 0)
        return -1;
    int fd = open_data(event->data, event->data_len);
    if (fd < 0)
        return -1;
    pid_t pid = spawn(command, fd, mask);
    int error = errno;
    close(fd);
    errno = error;
    if (pid < 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}
