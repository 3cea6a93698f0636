/* Accepting: who may connect (FastCGI 1.0, 3.2), what to do when descriptors run out. */
#include "acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "core/log.h"

#define TROUBLE_MS 10   /* pause when a descriptor lacks: short, since in a rush it is soon there */
#define QUIET_MS   1000 /* between log lines about the same trouble */

#define MAPPED "::ffff:" /* before an IPv4 address on an IPv6 socket */

int acceptor_init(struct acceptor *acceptor, int listen_fd)
{
    *acceptor = (struct acceptor){.listen_fd = listen_fd,
                                  .stop_fd = eventfd(0, EFD_CLOEXEC),
                                  .addresses = getenv("FCGI_WEB_SERVER_ADDRS")};
    if (acceptor->stop_fd < 0)
        return -1;
    return fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) | O_NONBLOCK);
}

/* The peer's IP address as text; "" for a Unix socket. */
static void format_address(char text[INET6_ADDRSTRLEN], const struct sockaddr_storage *peer)
{
    text[0] = '\0';
    if (peer->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, text, INET6_ADDRSTRLEN);
    else if (peer->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)peer)->sin6_addr, text,
                  INET6_ADDRSTRLEN);
    if (strncmp(text, MAPPED, strlen(MAPPED)) == 0 && strchr(text, '.') != NULL)
        memmove(text, text + strlen(MAPPED), strlen(text + strlen(MAPPED)) + 1);
}

/* Whether the address is in FCGI_WEB_SERVER_ADDRS, a list with commas between. */
static bool is_welcome(const struct acceptor *acceptor, const char *address)
{
    if (acceptor->addresses == NULL || *address == '\0')
        return true;
    for (const char *at = acceptor->addresses; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ", ");
        if (len == strlen(address) && strncmp(at, address, len) == 0)
            return true;
        at += len;
    }
    return false;
}

static void log_trouble(struct acceptor *acceptor, const char *event, const char *what)
{
    uint64_t now = uv_hrtime() / 1000000;

    if (now < acceptor->quiet_until_ms)
        return;
    acceptor->quiet_until_ms = now + QUIET_MS;
    log_event(LOG_ERROR, event, "reason=\"%s\"", what);
}

void acceptor_rest(struct acceptor *acceptor, const char *event)
{
    log_trouble(acceptor, event, strerror(errno));
    poll(&(struct pollfd){.fd = acceptor->stop_fd, .events = POLLIN}, 1, TROUBLE_MS);
}

int acceptor_take(struct acceptor *acceptor)
{
    struct sockaddr_storage peer;
    char address[INET6_ADDRSTRLEN];
    socklen_t len = sizeof peer;
    /* One descriptor more must be free: without it nobody could read from the connection. */
    int spare = fcntl(acceptor->stop_fd, F_DUPFD_CLOEXEC, 0);
    int fd =
        spare < 0 ? -1 : accept4(acceptor->listen_fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
    int error = errno;

    if (spare >= 0)
        close(spare);
    errno = error;
    if (fd < 0) {
        if (errno == ECONNABORTED)
            return ACCEPTOR_REFUSED;
        if (errno != EAGAIN && errno != EINTR)
            acceptor_rest(acceptor, "cannot-accept");
        return ACCEPTOR_NONE;
    }
    format_address(address, &peer);
    if (!is_welcome(acceptor, address)) {
        log_trouble(acceptor, "not-in-FCGI_WEB_SERVER_ADDRS", address);
        close(fd);
        return ACCEPTOR_REFUSED;
    }
    if (peer.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

int acceptor_next(struct acceptor *acceptor, bool may_accept, int timeout_ms)
{
    struct pollfd sockets[] = {{.fd = acceptor->stop_fd, .events = POLLIN},
                               {.fd = acceptor->listen_fd, .events = POLLIN}};

    poll(sockets, may_accept ? 2 : 1, timeout_ms);
    if (sockets[0].revents != 0)
        return ACCEPTOR_STOPPED;
    return sockets[1].revents != 0 ? acceptor_take(acceptor) : ACCEPTOR_NONE;
}

void acceptor_stop(struct acceptor *acceptor)
{
    eventfd_write(acceptor->stop_fd, 1);
}

void acceptor_deinit(struct acceptor *acceptor)
{
    if (acceptor->stop_fd >= 0)
        close(acceptor->stop_fd);
}
