/* How this process was started. */
#include "origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* mod_fcgid ends a process that is busy for 300 s with one request (FcgidBusyTimeout), whatever it
 * sends meanwhile. */
#define MOD_FCGID_MAX_AGE_MS 270000

static bool is_listening(int fd)
{
    int value = 0;
    socklen_t len = sizeof value;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

static bool is_passed(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    return pid != NULL && count != NULL && strtol(pid, NULL, 10) == getpid() &&
           strtol(count, NULL, 10) >= 1;
}

/* mod_fcgid's process manager, our parent, names the sockets that it makes by its own pid and a
 * count: /var/lib/apache2/fcgid/sock/1234.0. */
static bool is_of_mod_fcgid(int fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t len = sizeof address - 1; /* a path may come without its NUL */
    char begin[32];

    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 || address.sun_family != AF_UNIX)
        return false;
    const char *name = strrchr(address.sun_path, '/');
    size_t begin_len = (size_t)snprintf(begin, sizeof begin, "/%d.", (int)getppid());
    if (name == NULL || strncmp(name, begin, begin_len) != 0)
        return false;
    const char *count = name + begin_len;
    return *count != '\0' && count[strspn(count, "0123456789")] == '\0';
}

enum origin origin_find(void)
{
    if (is_passed())
        return ORIGIN_LISTEN_FDS;
    if (is_listening(STDIN_FILENO))
        return is_of_mod_fcgid(STDIN_FILENO) ? ORIGIN_MOD_FCGID : ORIGIN_DESCRIPTOR;
    return getenv("GATEWAY_INTERFACE") != NULL ? ORIGIN_CGI : ORIGIN_UNKNOWN;
}

enum origin origin_settle(enum origin origin, struct config *config)
{
    /* A CGI request waits for its answer, whatever else is set. */
    if (config->listen != NULL && origin != ORIGIN_CGI)
        origin = ORIGIN_LISTEN;
    if (origin == ORIGIN_MOD_FCGID && !config->is_max_age_set)
        config->max_age_ms = MOD_FCGID_MAX_AGE_MS;
    /* A start and a stop are news where each is not a request. */
    if (origin == ORIGIN_CGI && !config->is_log_set)
        config->log = LOG_WARNING;
    return origin;
}

const char *origin_name(enum origin origin)
{
    static const char *const NAMES[] = {
        [ORIGIN_UNKNOWN] = "unknown",       [ORIGIN_LISTEN] = "listen",
        [ORIGIN_LISTEN_FDS] = "LISTEN_FDS", [ORIGIN_DESCRIPTOR] = "listening-descriptor",
        [ORIGIN_MOD_FCGID] = "mod_fcgid",   [ORIGIN_CGI] = "cgi"};

    return NAMES[origin];
}
