/* Publishing by hiredis, through the one script.
 *
 * EVALSHA saves sending the script each time. Redis forgets it at SCRIPT FLUSH and at a restart,
 * and then refuses what is in the pipeline, until somebody loads it again. So each publish is kept
 * until it is answered, and those that were refused for this are sent again, in order. */
#include "redis_publish.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/time.h>

#define CONNECT_S 5
#define ANSWER_S  10

/* A publish that is not answered yet, with copies of its strings behind it. */
struct pending {
    STAILQ_ENTRY(pending) next;
    redisReply *reply; /* when it was read before its turn */
    struct keys_publish publish;
    char strings[];
};

STAILQ_HEAD(pending_list, pending);

struct redis_publish {
    redisContext *redis;
    const struct keys *keys;
    char sha[48];
    struct pending_list pending;
};

/* What went wrong with the connection. */
static const char *explain(const redisContext *redis)
{
    bool is_timeout = redis->err == REDIS_ERR_IO && errno == EAGAIN;

    return is_timeout ? "no answer in time" : redis->errstr;
}

/* Runs one command while nothing is in the pipeline. NULL, or an error to be described. */
static int run(redisContext *redis, struct buf *why, char *out, size_t out_size, int argc,
               const char **argv)
{
    redisReply *reply = redisCommandArgv(redis, argc, argv, NULL);
    int result = -1;

    if (reply == NULL) {
        buf_adds(why, explain(redis));
    } else if (reply->type == REDIS_REPLY_ERROR) {
        buf_adds(why, reply->str);
    } else {
        if (out != NULL && reply->str != NULL)
            snprintf(out, out_size, "%s", reply->str);
        result = 0;
    }
    freeReplyObject(reply);
    return result;
}

static int sign_in(redisContext *redis, const struct redis_url *url, struct buf *why)
{
    char db[16];

    snprintf(db, sizeof db, "%d", url->db);
    if (url->user != NULL &&
        run(redis, why, NULL, 0, 3, (const char *[]){"AUTH", url->user, url->password}) < 0)
        return -1;
    if (url->user == NULL && url->password != NULL &&
        run(redis, why, NULL, 0, 2, (const char *[]){"AUTH", url->password}) < 0)
        return -1;
    return url->db > 0 ? run(redis, why, NULL, 0, 2, (const char *[]){"SELECT", db}) : 0;
}

static int load_script(struct redis_publish *publisher, struct buf *why)
{
    return run(publisher->redis, why, publisher->sha, sizeof publisher->sha, 3,
               (const char *[]){"SCRIPT", "LOAD", KEYS_PUBLISH_SCRIPT});
}

struct redis_publish *redis_publish_open(const struct redis_url *url, const struct keys *keys,
                                         struct buf *why)
{
    struct redis_publish *publisher = calloc(1, sizeof *publisher);
    const struct timeval connect_time = {.tv_sec = CONNECT_S}, answer_time = {.tv_sec = ANSWER_S};

    if (publisher == NULL) {
        buf_adds(why, "no memory");
        return NULL;
    }
    STAILQ_INIT(&publisher->pending);
    publisher->keys = keys;
    publisher->redis = url->path != NULL
                           ? redisConnectUnixWithTimeout(url->path, connect_time)
                           : redisConnectWithTimeout(url->host, url->port, connect_time);
    if (publisher->redis == NULL || publisher->redis->err != 0)
        buf_adds(why, publisher->redis ? publisher->redis->errstr : "no memory");
    else if (redisSetTimeout(publisher->redis, answer_time) != REDIS_OK)
        buf_adds(why, publisher->redis->errstr);
    else if (sign_in(publisher->redis, url, why) == 0 && load_script(publisher, why) == 0)
        return publisher;
    redis_publish_close(publisher);
    return NULL;
}

static int append(struct redis_publish *publisher, const struct keys_publish *publish)
{
    struct keys_command command;

    keys_command_publish(&command, publisher->keys, publish, publisher->sha);
    return redisAppendCommandArgv(publisher->redis, command.argc, command.argv, command.argv_len) ==
                   REDIS_OK
               ? 0
               : -1;
}

/* Copies a string with its NUL to *at, which moves behind it. */
static const char *keep(char **at, const char *text, size_t len)
{
    char *copy = *at;

    memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

int redis_publish_send(struct redis_publish *publisher, const struct keys_publish *publish)
{
    size_t channel_len = strlen(publish->channel);
    size_t event_len = publish->event ? strlen(publish->event) : 0;
    struct pending *pending =
        malloc(sizeof *pending + channel_len + event_len + publish->data_len + 3);

    if (pending == NULL)
        return -1;
    char *at = pending->strings;
    pending->reply = NULL;
    pending->publish = *publish;
    pending->publish.channel = keep(&at, publish->channel, channel_len);
    if (publish->event != NULL)
        pending->publish.event = keep(&at, publish->event, event_len);
    pending->publish.data = keep(&at, publish->data, publish->data_len);
    if (append(publisher, &pending->publish) < 0) {
        free(pending);
        return -1;
    }
    STAILQ_INSERT_TAIL(&publisher->pending, pending, next);
    return 0;
}

static void drop(struct pending *pending)
{
    freeReplyObject(pending->reply);
    free(pending);
}

/* The next answer, NULL when the connection is broken. */
static redisReply *next_reply(struct redis_publish *publisher)
{
    void *reply = NULL;

    return redisGetReply(publisher->redis, &reply) == REDIS_OK ? reply : NULL;
}

static int is_noscript(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

/* Reads all answers that are on their way. Returns -1 when the connection is broken. */
static int read_all(struct redis_publish *publisher)
{
    struct pending *pending;

    STAILQ_FOREACH (pending, &publisher->pending, next) {
        if (pending->reply == NULL)
            pending->reply = next_reply(publisher);
        if (pending->reply == NULL)
            return -1;
    }
    return 0;
}

/* Redis has forgotten the script, which some answers say: loads it, and sends again what they are
 * about. When that is refused as well, the answers stand as they are. */
static void send_again(struct redis_publish *publisher)
{
    struct pending *pending;
    struct buf why;

    if (read_all(publisher) < 0)
        return;
    buf_init(&why, 1024);
    int loaded = load_script(publisher, &why);
    buf_deinit(&why);
    STAILQ_FOREACH (pending, &publisher->pending, next) {
        if (loaded < 0 || !is_noscript(pending->reply))
            continue;
        freeReplyObject(pending->reply);
        pending->reply = NULL;
        if (append(publisher, &pending->publish) < 0)
            return;
    }
}

static void describe(struct publish_result *result, const redisContext *redis,
                     const redisReply *reply)
{
    *result = (struct publish_result){.outcome = PUBLISH_UNKNOWN};
    if (reply == NULL) {
        snprintf(result->error, sizeof result->error, "%s", explain(redis));
    } else if (reply->type == REDIS_REPLY_ERROR) {
        result->outcome = PUBLISH_REFUSED;
        snprintf(result->error, sizeof result->error, "%s", reply->str);
    } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
               reply->element[0]->type == REDIS_REPLY_STRING) {
        const redisReply *sent = reply->element[1];
        result->outcome = sent->type == REDIS_REPLY_INTEGER ? PUBLISH_DONE : PUBLISH_NOT_LIVE;
        snprintf(result->id, sizeof result->id, "%s", reply->element[0]->str);
        if (sent->type == REDIS_REPLY_STRING)
            snprintf(result->error, sizeof result->error, "%s", sent->str);
    } else {
        snprintf(result->error, sizeof result->error, "an answer that makes no sense");
    }
}

void redis_publish_receive(struct redis_publish *publisher, struct publish_result *result)
{
    struct pending *pending = STAILQ_FIRST(&publisher->pending);

    if (pending->reply == NULL) {
        pending->reply = next_reply(publisher);
        if (pending->reply != NULL && is_noscript(pending->reply))
            send_again(publisher);
        if (pending->reply == NULL)
            pending->reply = next_reply(publisher);
    }
    describe(result, publisher->redis, pending->reply);
    STAILQ_REMOVE_HEAD(&publisher->pending, next);
    drop(pending);
}

bool redis_publish_is_connected(const struct redis_publish *publisher)
{
    struct pollfd socket = {.fd = publisher->redis->fd, .events = POLLIN | POLLRDHUP};

    /* Nothing is asked, so anything that comes is the end of it. */
    return publisher->redis->err == 0 && poll(&socket, 1, 0) == 0;
}

void redis_publish_close(struct redis_publish *publisher)
{
    struct pending *pending;

    if (publisher == NULL)
        return;
    while ((pending = STAILQ_FIRST(&publisher->pending)) != NULL) {
        STAILQ_REMOVE_HEAD(&publisher->pending, next);
        drop(pending);
    }
    if (publisher->redis != NULL)
        redisFree(publisher->redis);
    free(publisher);
}
