/* hiredis' asynchronous connections on a libuv loop.
 *
 * hiredis' own adapter for libuv ignores errors that poll reports, so that a refused connection is
 * never noticed; hence ours. What else hiredis 0.14 needs from its users is in source.c. */
#include "redis_link.h"

#include <arpa/inet.h>
#include <hiredis/async.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct redis_link {
    uv_getaddrinfo_t lookup; /* first the address is looked up */
    uv_poll_t poll;          /* then this watches the connection, and its close frees the link */
    int events;
    redisAsyncContext *redis; /* NULL before there is a connection and when it is on its way out */
    const struct redis_url *url;
    struct redis_link_hooks hooks;
    bool is_down;   /* no hook is called any more */
    int unanswered; /* of the commands that sign in */
    char run_id[41];
    bool is_replica;
    char refused[REDIS_LINK_WHY_MAX]; /* what Redis said against signing in */
};

/* --- hiredis' events on the loop -------------------------------------------------------------- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct redis_link *link = poll->data;

    if (link->redis != NULL && (status < 0 || (events & UV_READABLE)))
        redisAsyncHandleRead(link->redis);
    if (link->redis != NULL && status == 0 && (events & UV_WRITABLE))
        redisAsyncHandleWrite(link->redis);
}

static void set_events(struct redis_link *link, int events)
{
    link->events = events;
    if (events != 0)
        uv_poll_start(&link->poll, events, on_poll);
    else
        uv_poll_stop(&link->poll);
}

static void add_read(void *data)
{
    struct redis_link *link = data;

    set_events(link, link->events | UV_READABLE);
}

static void del_read(void *data)
{
    struct redis_link *link = data;

    set_events(link, link->events & ~UV_READABLE);
}

static void add_write(void *data)
{
    struct redis_link *link = data;

    set_events(link, link->events | UV_WRITABLE);
}

static void del_write(void *data)
{
    struct redis_link *link = data;

    set_events(link, link->events & ~UV_WRITABLE);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The last that hiredis does with a context. */
static void cleanup(void *data)
{
    struct redis_link *link = data;

    link->redis = NULL;
    uv_close((uv_handle_t *)&link->poll, on_poll_closed);
}

/* --- coming and going ------------------------------------------------------------------------- */

/* Tells the owner, once. The context is freed by hiredis behind this, and the link with it. */
static void go_down(struct redis_link *link, const char *why)
{
    if (link->is_down)
        return;
    link->is_down = true;
    link->hooks.on_down(link->hooks.context, why);
}

/* What the server says about itself. A user who may not ask is none the worse for it. */
static void take_info(struct redis_link *link, const redisReply *reply)
{
    const char *run_id = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, "run_id:") : NULL;

    if (run_id != NULL)
        sscanf(run_id, "run_id:%40[0-9a-f]", link->run_id);
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
        reply->element[0]->type == REDIS_REPLY_STRING)
        link->is_replica = strcmp(reply->element[0]->str, "master") != 0;
}

/* `data` is NULL for what must not be refused. */
static void on_signed_in(redisAsyncContext *redis, void *answer, void *data)
{
    struct redis_link *link = redis->data;
    redisReply *reply = answer;

    if (reply == NULL || link->is_down)
        return;
    if (data != NULL)
        take_info(link, reply);
    else if (reply->type == REDIS_REPLY_ERROR && link->refused[0] == '\0')
        snprintf(link->refused, sizeof link->refused, "%s", reply->str);
    if (--link->unanswered > 0)
        return;
    if (link->refused[0] == '\0') {
        link->hooks.on_up(link->hooks.context);
        return;
    }
    go_down(link, link->refused);
    redisAsyncFree(redis);
}

static void on_connect(const redisAsyncContext *redis, int status)
{
    struct redis_link *link = redis->data;
    redisAsyncContext *own = link->redis;
    char db[16];

    if (link->is_down)
        return;
    if (status != REDIS_OK) {
        go_down(link, redis->errstr);
        return;
    }
    snprintf(db, sizeof db, "%d", link->url->db);
    link->unanswered = link->url->password != NULL ? 4 : 3;
    if (link->url->user != NULL)
        redisAsyncCommand(own, on_signed_in, NULL, "AUTH %s %s", link->url->user,
                          link->url->password);
    else if (link->url->password != NULL)
        redisAsyncCommand(own, on_signed_in, NULL, "AUTH %s", link->url->password);
    redisAsyncCommand(own, on_signed_in, NULL, "SELECT %s", db);
    redisAsyncCommand(own, on_signed_in, link, "INFO server");
    redisAsyncCommand(own, on_signed_in, link, "ROLE");
}

static void on_disconnect(const redisAsyncContext *redis, int status)
{
    go_down(redis->data, status == REDIS_OK ? "closed" : redis->errstr);
}

/* Gives hiredis the loop. From here on hiredis ends the link, by `cleanup`. */
static void attach(struct redis_link *link, redisAsyncContext *redis)
{
    link->poll.data = link;
    link->redis = redis;
    redis->data = link;
    redis->ev.data = link;
    redis->ev.addRead = add_read;
    redis->ev.delRead = del_read;
    redis->ev.addWrite = add_write;
    redis->ev.delWrite = del_write;
    redis->ev.cleanup = cleanup;
    redisAsyncSetConnectCallback(redis, on_connect); /* also starts to wait for it */
    redisAsyncSetDisconnectCallback(redis, on_disconnect);
}

/* Connects to `address`, NULL for a Unix socket. Returns 0, or -1 and `why`. */
static int connect_to(struct redis_link *link, uv_loop_t *loop, const char *address,
                      char why[REDIS_LINK_WHY_MAX])
{
    redisAsyncContext *redis = address == NULL ? redisAsyncConnectUnix(link->url->path)
                                               : redisAsyncConnect(address, link->url->port);

    if (redis != NULL && redis->err == 0 && uv_poll_init(loop, &link->poll, redis->c.fd) == 0) {
        attach(link, redis);
        return 0;
    }
    snprintf(why, REDIS_LINK_WHY_MAX, "%s",
             redis != NULL && redis->err != 0 ? redis->errstr : "no memory");
    if (redis != NULL)
        redisAsyncFree(redis);
    return -1;
}

/* An IPv4 address, if there is one, as hiredis itself prefers. */
static const struct addrinfo *choose(const struct addrinfo *found)
{
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        if (at->ai_family == AF_INET)
            return at;
    return found;
}

/* The link is still there: a lookup can not be taken back, so closing leaves it to this. */
static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct redis_link *link = lookup->data;
    char address[INET6_ADDRSTRLEN], why[REDIS_LINK_WHY_MAX];

    if (status == 0) {
        const struct addrinfo *chosen = choose(found);
        if (getnameinfo(chosen->ai_addr, chosen->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            status = UV_EAI_FAIL;
    }
    uv_freeaddrinfo(found);
    if (status < 0)
        snprintf(why, sizeof why, "%s", uv_strerror(status));
    else if (!link->is_down && connect_to(link, lookup->loop, address, why) == 0)
        return;
    go_down(link, why);
    free(link);
}

struct redis_link *redis_link_open(uv_loop_t *loop, const struct redis_url *url,
                                   const struct redis_link_hooks *hooks,
                                   char why[REDIS_LINK_WHY_MAX])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct redis_link *link = calloc(1, sizeof *link);
    int result;

    snprintf(why, REDIS_LINK_WHY_MAX, "no memory");
    if (link == NULL)
        return NULL;
    link->url = url;
    link->hooks = *hooks;
    link->lookup.data = link;
    if (url->path != NULL)
        result = connect_to(link, loop, NULL, why);
    else
        result = uv_getaddrinfo(loop, &link->lookup, on_lookup, url->host, NULL, &hints);
    if (result < 0) {
        free(link);
        return NULL;
    }
    return link;
}

static void on_answer(redisAsyncContext *redis, void *reply, void *data)
{
    struct redis_link *link = redis->data;

    if (reply != NULL && !link->is_down)
        link->hooks.on_reply(link->hooks.context, data, reply);
}

int redis_link_send(struct redis_link *link, void *data, int argc, const char *const *argv,
                    const size_t *argv_len)
{
    return redisAsyncCommandArgv(link->redis, on_answer, data, argc, (const char **)argv,
                                 argv_len) == REDIS_OK
               ? 0
               : -1;
}

const char *redis_link_run_id(const struct redis_link *link)
{
    return link->run_id;
}

bool redis_link_is_replica(const struct redis_link *link)
{
    return link->is_replica;
}

void redis_link_close(struct redis_link *link)
{
    if (link == NULL)
        return;
    link->is_down = true;
    if (link->redis != NULL)
        redisAsyncFree(link->redis);
    else
        uv_cancel((uv_req_t *)&link->lookup); /* on_lookup frees the link, cancelled or not */
}
