/* Listening sockets. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As many as net.core.somaxconn allows, 4,096 since Linux 5.4: with 1,024, of 3,900 requests that
 * lighttpd passed on at once 200 to 900 found the backlog full, and it answered them with 500. */
#define BACKLOG          65535
#define LISTEN_FDS_FIRST 3

static const char NOT_STARTED[] =
    "no listening socket: neither descriptor 0 nor LISTEN_FDS is one.\n"
    "Let a web server start sse.fcgi, or give it a socket of its own:\n"
    "  sse.fcgi --listen /run/sse-fcgi/sse.sock\n"
    "sse.fcgi --help lists all options.\n";

static bool is_listening(int fd)
{
    int value = 0;
    socklen_t len = sizeof value;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

static int fail(struct buf *why, const char *where, const char *problem)
{
    buf_addf(why, "cannot listen on %s: %s\n", where, problem);
    return -1;
}

/* Removes a socket file that nobody listens on. Returns -1 if something else is in the way. */
static int clear_stale(const struct sockaddr_un *address, struct buf *why)
{
    struct stat there;
    int result = 0;

    if (lstat(address->sun_path, &there) < 0)
        return errno == ENOENT ? 0 : fail(why, address->sun_path, strerror(errno));
    if (!S_ISSOCK(there.st_mode))
        return fail(why, address->sun_path, "a file that is no socket is there");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(why, address->sun_path, strerror(errno));
    /* EAGAIN: somebody listens, and has a full backlog. */
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN)
        result = fail(why, address->sun_path, "another process listens on it");
    else if (errno != ECONNREFUSED || unlink(address->sun_path) < 0)
        result = fail(why, address->sun_path, strerror(errno));
    close(fd);
    return result;
}

static int listen_unix(struct listener *listener, const struct config *config, struct buf *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = config->listen;

    if (strlen(path) >= sizeof address.sun_path)
        return fail(why, path, "the path of a Unix socket has at most 107 bytes");
    strcpy(address.sun_path, path);
    if (clear_stale(&address, why) < 0)
        return -1;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* The mode must be right from the first moment: whoever may write may stop us. */
    mode_t before = umask(0777 & ~config->listen_mode);
    int bound = listener->fd < 0
                    ? -1
                    : bind(listener->fd, (const struct sockaddr *)&address, sizeof address);
    umask(before);
    if (bound < 0 || stat(path, &listener->made) < 0)
        return fail(why, path, strerror(errno));
    listener->path = strdup(path);
    if (listener->path == NULL || listen(listener->fd, BACKLOG) < 0)
        return fail(why, path, strerror(errno));
    return 0;
}

/* A socket on one of the addresses that HOST:PORT stands for. */
static int bind_one(const struct addrinfo *addresses)
{
    int fd = -1;

    for (const struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
            return fd;
        int error = errno;
        close(fd);
        errno = error;
    }
    return -1;
}

static int listen_tcp(struct listener *listener, const char *listen_on, struct buf *why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    const char *port = strrchr(listen_on, ':') + 1;
    size_t len = (size_t)(port - 1 - listen_on);
    struct addrinfo *addresses;
    char host[256];

    if (len >= 2 && listen_on[0] == '[' && listen_on[len - 1] == ']') {
        listen_on++; /* an IPv6 address */
        len -= 2;
    }
    if (len >= sizeof host)
        return fail(why, listen_on, "the name of the host is too long");
    memcpy(host, listen_on, len);
    host[len] = '\0';
    int error = getaddrinfo(len > 0 ? host : NULL, port, &hints, &addresses);
    if (error != 0)
        return fail(why, listen_on, gai_strerror(error));
    listener->fd = bind_one(addresses);
    freeaddrinfo(addresses);
    return listener->fd >= 0 ? 0 : fail(why, listen_on, strerror(errno));
}

static int take_inherited(struct listener *listener, enum origin origin)
{
    listener->fd = STDIN_FILENO;
    if (origin == ORIGIN_LISTEN_FDS) {
        listener->fd = LISTEN_FDS_FIRST;
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
    }
    return 0;
}

int listener_open(struct listener *listener, enum origin origin, const struct config *config,
                  struct buf *why)
{
    int result;

    *listener = (struct listener){.fd = -1};
    if (origin != ORIGIN_LISTEN)
        result = take_inherited(listener, origin);
    else if (strchr("/.", config->listen[0]) != NULL)
        result = listen_unix(listener, config, why);
    else
        result = listen_tcp(listener, config->listen, why);
    if (result == 0 && !is_listening(listener->fd)) {
        buf_adds(why, NOT_STARTED);
        listener->fd = -1; /* not ours */
        result = -1;
    }
    if (result < 0) {
        listener_close(listener);
        return -1;
    }
    fcntl(listener->fd, F_SETFD, FD_CLOEXEC);
    listen(listener->fd, BACKLOG); /* that of an inherited one may be short */
    return 0;
}

void listener_close(struct listener *listener)
{
    struct stat there;

    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->path != NULL && stat(listener->path, &there) == 0 &&
        there.st_dev == listener->made.st_dev && there.st_ino == listener->made.st_ino)
        unlink(listener->path);
    free(listener->path);
    *listener = (struct listener){.fd = -1};
}
