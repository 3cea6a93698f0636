/* Commands by hiredis on a descriptor that never blocks: hiredis' own waiting ends for no signal.
 */
#include "redis_call.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"

#define WHY_MAX 200

static redisReply *fail(struct redis_fault *fault, bool is_passing, const char *text)
{
    *fault = (struct redis_fault){.is_passing = is_passing};
    snprintf(fault->text, sizeof fault->text, "%s", text);
    return NULL;
}

bool redis_error_is_passing(const char *error)
{
    static const char *const CODES[] = {"LOADING",     "READONLY",   "MISCONF",
                                        "OOM",         "NOREPLICAS", "MASTERDOWN",
                                        "CLUSTERDOWN", "TRYAGAIN",   "BUSY"};

    if (strstr(error, "max number of clients reached") != NULL)
        return true;
    /* Redis before 7 puts the script's own words before the code of what a command in it said. */
    for (const char *word = error; *word != '\0'; word += strspn(word, " -")) {
        size_t len = strcspn(word, " ");
        for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
            if (strlen(CODES[i]) == len && memcmp(word, CODES[i], len) == 0)
                return true;
        word += len;
    }
    return false;
}

/* What hiredis has to say of the connection. */
static redisReply *fail_by_hiredis(const redisContext *redis, struct redis_fault *fault)
{
    return fail(fault, redis->err == REDIS_ERR_IO || redis->err == REDIS_ERR_EOF, redis->errstr);
}

static int write_all(redisContext *redis, const struct patience *patience,
                     struct redis_fault *fault)
{
    int is_done = 0;

    while (redisBufferWrite(redis, &is_done) == REDIS_OK) {
        if (is_done)
            return 0;
        if (patience_wait(patience, redis->fd, POLLOUT) < 0) {
            fail(fault, true, patience_explain(errno));
            return -1;
        }
    }
    /* Closed by Redis, which may have said why: that too many are connected. */
    redis->err = 0;
    return 0;
}

static redisReply *read_reply(redisContext *redis, const struct patience *patience,
                              struct redis_fault *fault)
{
    void *reply = NULL;

    while (redisGetReplyFromReader(redis, &reply) == REDIS_OK) {
        if (reply != NULL)
            return reply;
        if (patience_wait(patience, redis->fd, POLLIN) < 0)
            return fail(fault, true, patience_explain(errno));
        if (redisBufferRead(redis) != REDIS_OK)
            break;
    }
    return fail_by_hiredis(redis, fault);
}

redisReply *redis_call_run(redisContext *redis, const struct patience *patience,
                           struct redis_fault *fault, int argc, const char **argv,
                           const size_t *argv_len)
{
    if (redisAppendCommandArgv(redis, argc, argv, argv_len) != REDIS_OK)
        return fail(fault, false, "no memory");
    if (write_all(redis, patience, fault) < 0)
        return NULL;
    redisReply *reply = read_reply(redis, patience, fault);
    if (reply == NULL || reply->type != REDIS_REPLY_ERROR)
        return reply;
    fail(fault, redis_error_is_passing(reply->str), reply->str);
    fault->is_answer = true;
    freeReplyObject(reply);
    return NULL;
}

/* Runs a command whose answer says no more than that it went well. */
static int run(redisContext *redis, const struct patience *patience, struct redis_fault *fault,
               int argc, const char **argv)
{
    redisReply *reply = redis_call_run(redis, patience, fault, argc, argv, NULL);
    int result = reply != NULL ? 0 : -1;

    freeReplyObject(reply);
    return result;
}

static int sign_in(redisContext *redis, const struct redis_url *url,
                   const struct patience *patience, struct redis_fault *fault)
{
    char db[16];

    snprintf(db, sizeof db, "%d", url->db);
    if (url->user != NULL &&
        run(redis, patience, fault, 3, (const char *[]){"AUTH", url->user, url->password}) < 0)
        return -1;
    if (url->user == NULL && url->password != NULL &&
        run(redis, patience, fault, 2, (const char *[]){"AUTH", url->password}) < 0)
        return -1;
    return url->db > 0 ? run(redis, patience, fault, 2, (const char *[]){"SELECT", db}) : 0;
}

redisContext *redis_call_open(const struct redis_url *url, const struct patience *patience,
                              struct redis_fault *fault)
{
    struct buf why;

    buf_init(&why, WHY_MAX);
    int fd = dial(url, patience, &why);
    if (fd < 0) {
        fail(fault, true, buf_add(&why, "", 1) == 0 ? why.data : "no memory");
        buf_deinit(&why);
        return NULL;
    }
    redisContext *redis = redisConnectFd(fd);
    if (redis == NULL) {
        fail(fault, false, "no memory");
        close(fd);
        return NULL;
    }
    redis->flags &= ~REDIS_BLOCK;
    if (sign_in(redis, url, patience, fault) == 0)
        return redis;
    redisFree(redis);
    return NULL;
}

bool redis_call_is_connected(const redisContext *redis)
{
    struct pollfd socket = {.fd = redis->fd, .events = POLLIN | POLLRDHUP};

    /* Nothing is asked, so anything that comes is the end of it. */
    return redis->err == 0 && poll(&socket, 1, 0) == 0;
}
