/* source: a hub on a real Redis, which comes and goes. */
#include "source.h"

#include "alloc.h"
#include "hub_fixture.h"
#include "redis_publish.h"
#include "redis_server.h"

static struct redis_server server;
static struct source *source;

static int set_up(void **state)
{
    need_redis();
    hub_set_up(state);
    keys_init(&f.config.keys, "sse:");
    redis_start(&server);
    f.config.redis = (struct redis_url){.path = server.socket};
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

static void begin(void)
{
    source = source_new(&f.loop.loop, &f.config, f.hub);
    assert_non_null(source);
}

static void publish(const char *channel, const char *data)
{
    struct redis_url url = {.path = server.socket};
    const struct keys_publish one = {
        .channel = channel, .data = data, .data_len = strlen(data), .keep = 100, .ttl_s = 100};
    struct publish_result result;

    struct redis_publish *publisher = redis_publish_new(&url, &f.config.keys, NULL);
    assert_non_null(publisher);
    assert_int_equal(redis_publish_send(publisher, &one), 0);
    redis_publish_receive(publisher, &result);
    assert_int_equal(result.outcome, PUBLISH_DONE);
    redis_publish_close(publisher);
}

struct expected {
    struct client *client;
    const char *part;
    int times;
};

/* Whether the client has been told the part so often. */
static bool was_told(void *context)
{
    struct expected *expected = context;
    int times = 0;

    for (const char *at = peer_told(&expected->client->peer);
         (at = strstr(at, expected->part)) != NULL; at++)
        times++;
    if (times > expected->times)
        fail_msg("%s", expected->client->peer.told.data);
    return times == expected->times;
}

static void await_told(struct client *client, const char *part, int times)
{
    loop_wait(&f.loop, was_told, &(struct expected){client, part, times});
}

static void events_come(UNUSED void **state)
{
    begin();
    struct client *one = join("jobs/42", false), *all = join("*,jobs/*,jobs/42", false);
    await_told(one, "stream-open@", 1);
    await_told(all, "stream-open@", 1);
    publish("jobs/42", "first");
    publish("other", "second");
    redis_do(&server, "PUBLISH sse:jobs/42 plain");
    await_told(one, "=first", 1);
    await_told(one, "=plain", 1);
    await_told(all, "=second", 1);
    await_told(all, "=first", 1);
    await_told(all, "=plain", 1);
    publish("last", "end");
    await_told(all, "=end", 1);
    assert_has_not(peer_told(&one->peer), "second");
    assert_has(peer_told(&all->peer), "=second"); /* and each of them once: see was_told */
}

static void horizon_is_the_newest_id(UNUSED void **state)
{
    char opened[100];

    publish("before", "x");
    begin();
    struct client *client = join("a", false);
    snprintf(opened, sizeof opened, "stream-open@%s=", redis_do(&server, "HGET sse:clock last"));
    await_told(client, opened, 1);
    publish("a", "after");
    await_told(client, "=after", 1);
    assert_has_not(peer_told(&client->peer), "=x");
}

static void others_messages_are_left_out(UNUSED void **state)
{
    begin();
    struct client *client = join("*", false);
    await_told(client, "stream-open@", 1);
    redis_do(&server, "PUBLISH sse:-/link no1");
    redis_do(&server, "PUBLISH sse:other:x no2");
    redis_do(&server, "PUBLISH sse2:x no3");
    redis_do(&server, "PUBLISH %s no4", "sse:");
    redis_do(&server, "PUBLISH %b no5", "sse:a\0b", (size_t)7);
    redis_do(&server, "PUBLISH sse:x yes");
    await_told(client, "=yes", 1);
    assert_has_not(peer_told(&client->peer), "no");
}

static bool is_dropped(void *name)
{
    const char *count = strchr(redis_do(&server, "PUBSUB NUMSUB %s", (const char *)name), ' ');

    return strcmp(count, " 0") == 0;
}

static void unsubscribes(UNUSED void **state)
{
    begin();
    struct client *client = join("a", false);
    await_told(client, "stream-open@", 1);
    assert_false(is_dropped("sse:a"));
    leave(client);
    loop_wait(&f.loop, is_dropped, "sse:a");
    assert_false(is_dropped("sse:-/link")); /* kept, see source.c */
    client = join("a", false);
    await_told(client, "stream-open@", 1);
    publish("a", "again");
    await_told(client, "=again", 1);
}

static void many_come_and_go(UNUSED void **state)
{
    begin();
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 6; i++)
            join(i % 2 ? "a" : "a,b/*", false);
        for (int i = 0; i < round % 4; i++)
            loop_turn(&f.loop);
        for (int i = 0; i < 6; i++) {
            leave(&f.clients[i]);
            peer_close(&f.clients[i].peer);
        }
        f.client_count = 0;
    }
    struct client *client = join("a,b/*", false);
    await_told(client, "stream-open@", 1);
    publish("b/1", "x");
    await_told(client, "=x", 1);
}

static void glob_prefix(UNUSED void **state)
{
    keys_init(&f.config.keys, "s?e[1]:");
    begin();
    struct client *client = join("jobs/*", false);
    await_told(client, "stream-open@", 1);
    redis_do(&server, "PUBLISH sxe1:jobs/1 no");
    publish("jobs/1", "yes");
    await_told(client, "=yes", 1);
    assert_has_not(peer_told(&client->peer), "=no");
}

static void redis_goes_and_comes(UNUSED void **state)
{
    begin();
    struct client *client = join("a", false);
    await_told(client, "stream-open@", 1);
    for (int round = 2; round < 4; round++) {
        redis_kill(&server);
        redis_start(&server);
        await_told(client, "stream-open@", round);
        publish("a", round == 2 ? "second" : "third");
        await_told(client, round == 2 ? "=second" : "=third", 1);
    }
    assert_non_null(client->stream);
}

static void redis_comes_later(UNUSED void **state)
{
    redis_kill(&server);
    begin();
    struct client *client = join("a", false);
    for (int i = 0; i < 50; i++)
        loop_turn(&f.loop);
    assert_string_equal(peer_told(&client->peer), "");
    redis_start(&server);
    await_told(client, "stream-open@", 1);
}

/* One of the two connections is lost: both begin anew. */
static void one_connection_lost(UNUSED void **state)
{
    begin();
    struct client *client = join("a", false);
    await_told(client, "stream-open@", 1);
    redis_do(&server, "CLIENT KILL TYPE pubsub");
    await_told(client, "stream-open@", 2);
    redis_do(&server, "CLIENT KILL TYPE normal SKIPME yes");
    await_told(client, "stream-open@", 3);
}

static void wrong_password_until_it_is_right(UNUSED void **state)
{
    redis_do(&server, "CONFIG SET requirepass other");
    f.config.redis.password = (char[]){"secret"};
    begin();
    struct client *client = join("a", false);
    for (int i = 0; i < 50; i++)
        loop_turn(&f.loop);
    assert_string_equal(peer_told(&client->peer), "");
    redis_do(&server, "CONFIG SET requirepass secret");
    await_told(client, "stream-open@", 1);
}

static void broken_clock(UNUSED void **state)
{
    redis_do(&server, "SET sse:clock x");
    begin();
    struct client *client = join("a", false);
    for (int i = 0; i < 50; i++)
        loop_turn(&f.loop);
    redis_do(&server, "DEL sse:clock");
    await_told(client, "stream-open@", 1);
}

static void freed_any_time(UNUSED void **state)
{
    join("a,b/*", false);
    for (int turns = 0; turns < 30; turns++) {
        begin();
        for (int i = 0; i < turns; i++)
            loop_turn(&f.loop);
        source_free(source);
    }
    source = NULL;
    source_free(NULL);
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_at(1);
    assert_null(source_new(&f.loop.loop, &f.config, f.hub));
    assert_true(alloc_fail_never());
    /* Later it loses the connection, and comes back. */
    begin();
    struct client *client = join("a", false);
    for (unsigned long n = 1; n < 12; n++) {
        alloc_fail_at(n);
        for (int i = 0; i < 5; i++)
            loop_turn(&f.loop);
        alloc_fail_never();
        if (client->stream == NULL)
            client = join("a", false);
    }
    struct client *last = join("b", false);
    await_told(last, "stream-open@", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("events come to who follows their channel", events_come),
        CASE("the horizon is the newest id", horizon_is_the_newest_id),
        CASE("messages of others are left out", others_messages_are_left_out),
        CASE("what nobody follows is unsubscribed", unsubscribes),
        CASE("many come and go, and the subscriptions hold", many_come_and_go),
        CASE("glob characters in the prefix mean themselves", glob_prefix),
        CASE("Redis goes and comes back, and streams stay", redis_goes_and_comes),
        CASE("Redis may come later", redis_comes_later),
        CASE("one connection lost, both begin anew", one_connection_lost),
        CASE("a wrong password is tried until it is right", wrong_password_until_it_is_right),
        CASE("a clock that is none is tried until it is one", broken_clock),
        CASE("it can be freed at any time", freed_any_time),
        CASE("without memory it starts anew", without_memory),
    };

    log_init("test", LOG_ERROR);
    signal(SIGPIPE, SIG_IGN); /* as the responder has it */
    return RUN_TESTS("source", tests);
}
