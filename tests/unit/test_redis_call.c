/* redis_call and dial: which errors pass, and connections that come to nothing. */
#include "redis_call.h"

#include <errno.h>

#include "dial.h"
#include "folder.h"
#include "redis_server.h"
#include "test.h"

static const struct patience SHORT = {PATIENCE_FOREVER, 200, -1};

static void errors(UNUSED void **state)
{
    static const char *const PASSING[] = {
        "LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.",
        "MISCONF Redis is configured to save RDB snapshots",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "NOREPLICAS Not enough good replicas to write.",
        "MASTERDOWN Link with MASTER is down",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "BUSY Redis is busy running a script.",
        "ERR max number of clients reached",
        /* as Redis 5 and 6 say it */
        "@user_script: 60: -OOM command not allowed when used memory > 'maxmemory'.",
        "ERR Error running script (call to f_abc): @user_script:30: @user_script: 30: -READONLY "
        "You "
        "can't write against a read only replica.",
    };
    static const char *const FINAL[] = {
        "",
        "ERR unknown command",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOAUTH Authentication required.",
        "NOPERM this user has no permissions to run the 'evalsha' command",
        "NOSCRIPT No matching script.",
        "MOVED 3999 127.0.0.1:6381",
        "BUSYKEY Target key name already exists.",
        "ERR NOTBUSY at all, LOADINGS",
    };

    for (size_t i = 0; i < COUNT(PASSING); i++)
        if (!redis_error_is_passing(PASSING[i]))
            fail_msg("\"%s\" does not pass", PASSING[i]);
    for (size_t i = 0; i < COUNT(FINAL); i++)
        if (redis_error_is_passing(FINAL[i]))
            fail_msg("\"%s\" passes", FINAL[i]);
}

static void assert_no_dial(const struct redis_url *url, const struct patience *patience,
                           const char *part)
{
    int before = open_descriptors();
    struct buf why;

    buf_init(&why, 200);
    assert_int_equal(dial(url, patience, &why), -1);
    assert_has(buf_text(&why), part);
    buf_deinit(&why);
    assert_int_equal(open_descriptors(), before);
}

static void no_connection(UNUSED void **state)
{
    char path[200];
    struct redis_url url = {.path = path};

    strcpy(path, "/nowhere/redis");
    assert_no_dial(&url, &SHORT, "No such file");
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_no_dial(&url, &SHORT, "too long");
    url = (struct redis_url){.host = (char[]){"127.0.0.1"}, .port = free_port()};
    assert_no_dial(&url, &SHORT, "refused");
}

/* A backlog that is full: connect(2) goes on and on, until patience ends. */
static void connecting_for_ever(UNUSED void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), queued[8], stop[2];

    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    getsockname(listener, (struct sockaddr *)&address, &len);
    for (size_t i = 0; i < COUNT(queued); i++) {
        queued[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(queued[i], (struct sockaddr *)&address, len);
    }
    const struct redis_url url = {.host = (char[]){"127.0.0.1"}, .port = ntohs(address.sin_port)};
    uint64_t before = patience_now_ms();
    assert_no_dial(&url, &SHORT, "no answer in time");
    assert_true(patience_now_ms() - before >= 200);
    assert_int_equal(pipe(stop), 0);
    assert_int_equal(write(stop[1], "x", 1), 1);
    const struct patience stopped = {PATIENCE_FOREVER, 3600000, stop[0]};
    assert_no_dial(&url, &stopped, "signal");
    for (size_t i = 0; i < COUNT(queued); i++)
        close(queued[i]);
    close(listener);
    close(stop[0]);
    close(stop[1]);
}

static void calls(UNUSED void **state)
{
    struct redis_server server = {0};
    struct redis_fault fault;
    const char *big[] = {"SET", "k", NULL}, *get[] = {"GET", "k"}, *bad[] = {"HGET", "k", "f"};

    need_redis();
    redis_start(&server);
    const struct redis_url url = {.path = server.socket};
    redisContext *redis = redis_call_open(&url, &SHORT, &fault);
    assert_non_null(redis);
    assert_true(redis_call_is_connected(redis));
    char *text = calloc(1, 4000001); /* more than the socket takes at once, both ways */
    memset(text, 'x', 4000000);
    big[2] = text;
    freeReplyObject(redis_call_run(redis, &SHORT, &fault, 3, big, NULL));
    redisReply *reply = redis_call_run(redis, &SHORT, &fault, 2, get, NULL);
    assert_non_null(reply);
    assert_string_equal(reply->str, text);
    freeReplyObject(reply);
    free(text);
    assert_null(redis_call_run(redis, &SHORT, &fault, 3, bad, NULL));
    assert_true(fault.is_answer && !fault.is_passing);
    assert_has(fault.text, "WRONGTYPE");
    kill(server.pid, SIGSTOP);
    assert_null(redis_call_run(redis, &SHORT, &fault, 2, get, NULL));
    assert_true(!fault.is_answer && fault.is_passing);
    assert_string_equal(fault.text, "no answer in time");
    kill(server.pid, SIGCONT);
    redisFree(redis);
    redis = redis_call_open(&url, &SHORT, &fault);
    redis_kill(&server);
    while (redis_call_is_connected(redis))
        continue;
    assert_null(redis_call_run(redis, &SHORT, &fault, 2, get, NULL));
    assert_true(!fault.is_answer && fault.is_passing);
    redisFree(redis);
    redis_remove(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("errors that pass, and others", errors),
        TEST("no connection, and why", no_connection),
        TEST("a connection that never comes about", connecting_for_ever),
        TEST("commands, their answers, and none", calls),
    };

    signal(SIGPIPE, SIG_IGN); /* as the commands have it */
    return RUN_TESTS("redis_call", tests);
}
