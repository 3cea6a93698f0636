/* Sockets to Redis. hiredis would connect by itself, but no signal ends that. */
#include "dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Waits for the end of a connect that goes on. Returns as patience_wait. */
static int finish_connect(int fd, const struct patience *patience)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (patience_wait(patience, fd, POLLOUT) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return -1;
    errno = error;
    return error == 0 ? 0 : -1;
}

static int dial_address(int family, const struct sockaddr *address, socklen_t len,
                        const struct patience *patience)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, address, len) == 0 ||
        (errno == EINPROGRESS && finish_connect(fd, patience) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int dial_path(const char *path, const struct patience *patience)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    return dial_address(AF_UNIX, (struct sockaddr *)&address, sizeof address, patience);
}

static int dial_host(const struct redis_url *url, const struct patience *patience, struct buf *why)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char port[8];
    int fd = -1, on = 1;

    snprintf(port, sizeof port, "%d", url->port);
    int code = getaddrinfo(url->host, port, &hints, &found);
    if (code != 0) {
        errno = code == EAI_SYSTEM ? errno : EHOSTUNREACH;
        buf_adds(why, code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
        return -1;
    }
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = dial_address(at->ai_family, at->ai_addr, at->ai_addrlen, patience);
        if (fd < 0 && errno == ECANCELED)
            break;
    }
    int error = errno;
    freeaddrinfo(found);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    errno = error;
    return fd;
}

int dial(const struct redis_url *url, const struct patience *patience, struct buf *why)
{
    int fd = url->path != NULL ? dial_path(url->path, patience) : dial_host(url, patience, why);

    if (fd < 0 && why->len == 0) {
        int error = errno;
        buf_adds(why, patience_explain(error));
        errno = error;
    }
    return fd;
}
