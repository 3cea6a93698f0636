/* watch: a look at a real Redis each heartbeat, by way of source. */
#include "watch.h"

#include "capture.h"
#include "hub_fixture.h"
#include "redis_server.h"
#include "source.h"

static struct redis_server server;
static struct source *source;

static int set_up(void **state)
{
    need_redis();
    hub_set_up(state);
    keys_init(&f.config.keys, "sse:");
    f.config.heartbeat_ms = 100;
    redis_start(&server);
    f.config.redis = (struct redis_url){.path = server.socket};
    source = source_new(&f.loop.loop, &f.config, f.hub);
    assert_non_null(source);
    return 0;
}

static int tear_down(void **state)
{
    source_free(source);
    source = NULL;
    hub_tear_down(state);
    redis_remove(&server);
    return 0;
}

struct expected {
    struct client *client;
    const char *part;
    int times;
};

static bool was_told(void *context)
{
    struct expected *expected = context;
    int times = 0;

    for (const char *at = peer_told(&expected->client->peer);
         (at = strstr(at, expected->part)) != NULL; at++)
        times++;
    return times >= expected->times;
}

static void await_told(struct client *client, const char *part, int times)
{
    loop_wait(&f.loop, was_told, &(struct expected){client, part, times});
}

/* Stored as a publisher does it, but sent to nobody. */
static void store(const char *id, const char *prev, const char *data)
{
    redis_do(&server, "XADD sse:log:a %s prev %s data %s", id, prev, data);
    redis_do(&server, "HSET sse:last a %s", id);
    redis_do(&server, "HSET sse:clock last %s", id);
}

/* Behind all that Redis' clock gave, as ids are. */
#define FIRST  "9000000000001-0"
#define SECOND "9000000000002-0"

static void finds_what_was_not_heard(UNUSED void **state)
{
    struct client *client = join("a", false);

    await_told(client, "stream-open@", 1);
    leave(client);
    store(FIRST, "0-0", "first");
    client = join_from("a", newest(1), false);
    await_told(client, "stream-open@" FIRST, 1);
    store(SECOND, FIRST, "second");
    await_told(client, "message@" SECOND "=second", 1);
}

static bool is_left(UNUSED void *context)
{
    return strcmp(redis_do(&server, "PUBSUB NUMSUB sse:a"), "sse:a 0") == 0;
}

static void finds_a_replica(UNUSED void **state)
{
    struct client *client = join("a", false);

    await_told(client, "stream-open@", 1);
    redis_do(&server, "REPLICAOF 127.0.0.1 1");
    loop_wait(&f.loop, is_left, NULL);
    redis_do(&server, "REPLICAOF NO ONE");
    await_told(client, "stream-open@", 2);
}

/* Whether the log says that Redis is away, which is all that can be seen of it. */
static bool was_noticed(void *context)
{
    struct capture *log = context;
    ssize_t n =
        recv(log->from, log->text + log->len, sizeof log->text - 1 - log->len, MSG_DONTWAIT);

    log->len += n > 0 ? (size_t)n : 0;
    log->text[log->len] = '\0';
    return strstr(log->text, "redis-away reason=\"no answer in time\"") != NULL;
}

/* A server that stands still is noticed, and used when it goes on. */
static void finds_that_it_hangs(UNUSED void **state)
{
    static struct capture log;
    struct client *client = join("a", false);

    await_told(client, "stream-open@", 1);
    capture_begin(&log, STDERR_FILENO);
    kill(server.pid, SIGSTOP);
    loop_wait(&f.loop, was_noticed, &log);
    kill(server.pid, SIGCONT);
    capture_end(&log);
    await_told(client, "stream-open@", 2);
    assert_non_null(client->stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what was stored and not sent is found", finds_what_was_not_heard),
        CASE("a server that becomes a replica is left", finds_a_replica),
        CASE("a server that hangs is noticed", finds_that_it_hangs),
    };

    log_init("test", LOG_ERROR);
    signal(SIGPIPE, SIG_IGN);
    return RUN_TESTS("watch", tests);
}
