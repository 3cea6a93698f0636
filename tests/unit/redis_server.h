/* A real Redis of one test's own: on a Unix socket in a private folder, and on TCP if asked for. It
 * ends with the test, however that ends. */
#ifndef SSE_TEST_REDIS_SERVER_H
#define SSE_TEST_REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "core/redis_url.h"
#include "folder.h"
#include "test.h"

#define REDIS_SERVER "/usr/bin/redis-server"

struct redis_server {
    struct folder folder;
    char socket[100];
    int port;            /* on 127.0.0.1; 0 for none */
    pid_t pid;           /* 0 while it is down */
    redisContext *redis; /* for the test's own commands */
};

/* Leaves the test out where there is no Redis. */
static inline void need_redis(void)
{
    if (access(REDIS_SERVER, X_OK) < 0) {
        print_message("left out: there is no " REDIS_SERVER "\n");
        skip();
    }
}

/* A port of 127.0.0.1 that nobody listens on. */
static inline int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    close(fd);
    return ntohs(address.sin_port);
}

/* Waits until the server answers. */
static inline void redis_await(struct redis_server *server)
{
    for (int i = 0; i < 2000; i++) {
        int fd = unix_socket(server->socket, false);
        if (fd >= 0) {
            close(fd);
            server->redis = redisConnectUnix(server->socket);
            redisReply *reply = redisCommand(server->redis, "PING");
            if (reply != NULL) {
                freeReplyObject(reply);
                return;
            }
            redisFree(server->redis);
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    fail_msg("Redis does not start");
}

/* Starts it, empty, on the same socket and port as before if it was down. */
static inline void redis_start(struct redis_server *server)
{
    char port[8];

    if (server->folder.path[0] == '\0')
        folder_make(&server->folder);
    snprintf(server->socket, sizeof server->socket, "%s/redis", server->folder.path);
    snprintf(port, sizeof port, "%d", server->port);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(REDIS_SERVER, REDIS_SERVER, "--port", port, "--bind", "127.0.0.1", "--unixsocket",
              server->socket, "--save", "", "--dir", server->folder.path, "--logfile",
              folder_path(&server->folder, "log"), (char *)NULL);
        _exit(127);
    }
    redis_await(server);
}

static inline void redis_kill(struct redis_server *server)
{
    if (server->pid == 0)
        return;
    redisFree(server->redis);
    server->redis = NULL;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

static inline void redis_remove(struct redis_server *server)
{
    redis_kill(server);
    if (server->folder.path[0] != '\0')
        folder_remove(&server->folder);
    *server = (struct redis_server){0};
}

static inline size_t redis_describe(char *out, size_t room, const redisReply *reply)
{
    size_t len = 0;

    if (reply->type == REDIS_REPLY_INTEGER)
        return (size_t)snprintf(out, room, "%lld", reply->integer);
    if (reply->type == REDIS_REPLY_NIL)
        return (size_t)snprintf(out, room, "nil");
    if (reply->type != REDIS_REPLY_ARRAY)
        return (size_t)snprintf(out, room, "%s", reply->str);
    out[0] = '\0';
    for (size_t i = 0; i < reply->elements && len < room; i++) {
        len += (size_t)snprintf(out + len, room - len, "%s", i > 0 ? " " : "");
        len += redis_describe(out + len, room - len, reply->element[i]);
    }
    return len;
}

/* A command of the test's, formatted by hiredis (%s, %b). Returns the answer as text: a string or
 * status, or a number, or for an array its elements with spaces between; "nil" for none. Valid
 * until the next but three. */
static inline const char *redis_do(struct redis_server *server, const char *format, ...)
{
    static char texts[4][4096];
    static int turn;
    char *text = texts[turn++ % 4];
    va_list args;

    va_start(args, format);
    redisReply *reply = redisvCommand(server->redis, format, args);
    va_end(args);
    if (reply == NULL)
        fail_msg("%s: Redis does not answer", format);
    redis_describe(text, sizeof texts[0], reply);
    freeReplyObject(reply);
    return text;
}

#endif
