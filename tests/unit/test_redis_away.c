/* redis_publish while a real Redis is away, hangs, or refuses. */
#include "redis_publish.h"

#include <unistd.h>

#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct keys keys;
static struct redis_url url;
static struct redis_publish *publisher;

static int set_up(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    keys_init(&keys, "sse:");
    url = (struct redis_url){.path = server.socket};
    return 0;
}

static int tear_down(UNUSED void **state)
{
    redis_publish_close(publisher);
    publisher = NULL;
    redis_remove(&server);
    return 0;
}

static void open_with(const struct redis_patience *patience)
{
    struct publish_result result;

    redis_publish_close(publisher);
    publisher = redis_publish_new(&url, &keys, patience);
    if (redis_publish_connect(publisher, &result) < 0)
        fail_msg("%s", result.error);
}

static void send_one(const char *channel)
{
    const struct keys_publish publish = {
        .channel = channel, .data = "x", .data_len = 1, .keep = 1000, .ttl_s = 100};

    assert_int_equal(redis_publish_send(publisher, &publish), 0);
}

/* Publishes one event and returns its result. */
static struct publish_result publish(const char *channel)
{
    struct publish_result result;

    send_one(channel);
    redis_publish_receive(publisher, &result);
    return result;
}

/* Gives up on a Redis that hangs: what was sent to it may be stored, and then is. */
static void hung_server_is_unknown(UNUSED void **state)
{
    const struct redis_patience patience = {.timeout_ms = 200};
    struct publish_result result;

    open_with(&patience);
    for (int i = 0; i < 3; i++)
        send_one(i < 2 ? "a" : "b");
    kill(server.pid, SIGSTOP);
    static const enum publish_outcome OUTCOMES[] = {PUBLISH_UNKNOWN, PUBLISH_UNKNOWN, PUBLISH_AWAY};
    for (int i = 0; i < 3; i++) {
        redis_publish_receive(publisher, &result);
        assert_int_equal(result.outcome, OUTCOMES[i]);
        assert_true(result.gave_up);
        assert_string_equal(result.error, "no answer in time");
        assert_string_equal(result.id, "");
    }
    kill(server.pid, SIGCONT);
    assert_string_equal(redis_do(&server, "XLEN sse:log:b"), "0");
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), "2");
}

static void killed_server_is_away(UNUSED void **state)
{
    struct publish_result result;

    open_with(NULL);
    send_one("a");
    redis_kill(&server);
    redis_publish_receive(publisher, &result);
    assert_int_equal(result.outcome, PUBLISH_AWAY); /* the end of the connection was there before */
    assert_true(result.error[0] != '\0');
    redis_start(&server);
    while (publish("a").outcome == PUBLISH_AWAY)
        continue;
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), "1"); /* the first was given up */
}

/* What was said of Redis going and coming. */
static struct buf notices;

static void on_notice(void *context, const char *why)
{
    assert_ptr_equal(context, &notices);
    buf_addf(&notices, "[%s]", why ? why : "back");
    if (why != NULL)
        redis_do(&server, "CONFIG SET maxmemory 0");
}

static void refused_for_now(UNUSED void **state)
{
    const struct redis_patience patience = {
        .timeout_ms = 20000, .notice = on_notice, .context = &notices};

    buf_init(&notices, 1000);
    open_with(&patience);
    publish("a");
    redis_do(&server, "CONFIG SET maxmemory 1");
    struct publish_result result = publish("a");
    assert_int_equal(result.outcome, PUBLISH_DONE);
    assert_has(buf_text(&notices), "[OOM ");
    assert_has(buf_text(&notices), "][back]");
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), "2");
    buf_deinit(&notices);
}

static void stopped_while_waiting(UNUSED void **state)
{
    int ends[2];
    const struct redis_patience patience = {.timeout_ms = 3600000, .stop_fd = &ends[0]};

    assert_int_equal(pipe(ends), 0);
    open_with(&patience);
    kill(server.pid, SIGSTOP);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct publish_result result = publish("a");
    assert_int_equal(result.outcome, PUBLISH_UNKNOWN);
    assert_has(result.error, "signal");
    assert_int_equal(publish("a").outcome, PUBLISH_AWAY);
    kill(server.pid, SIGCONT);
    close(ends[0]);
    close(ends[1]);
}

static void assert_not_opened(enum publish_outcome outcome, const char *part)
{
    struct publish_result result;

    redis_publish_close(publisher);
    publisher = redis_publish_new(&url, &keys, NULL);
    assert_int_equal(redis_publish_connect(publisher, &result), -1);
    assert_int_equal(result.outcome, outcome);
    assert_true(result.gave_up);
    assert_has(result.error, part);
}

static void not_opened(UNUSED void **state)
{
    redis_do(&server, "CONFIG SET requirepass secret");
    assert_not_opened(PUBLISH_REFUSED, "NOAUTH");
    url.password = (char[]){"wrong"};
    assert_not_opened(PUBLISH_REFUSED, "WRONGPASS");
    url.password = (char[]){"secret"};
    url.db = 99;
    assert_not_opened(PUBLISH_REFUSED, "DB index");
    url.db = 3;
    open_with(NULL);
    assert_int_equal(publish("a").outcome, PUBLISH_DONE);
    url = (struct redis_url){.path = (char[]){"/nowhere/redis"}};
    assert_not_opened(PUBLISH_AWAY, "No such file");
    url = (struct redis_url){.host = (char[]){"127.0.0.1"}, .port = free_port()};
    assert_not_opened(PUBLISH_AWAY, "refused");
    url.host = (char[]){"name.invalid"};
    assert_not_opened(PUBLISH_AWAY, "");
    redis_publish_close(NULL);
}

static void by_tcp(UNUSED void **state)
{
    redis_kill(&server);
    server.port = free_port();
    redis_start(&server);
    url = (struct redis_url){.host = (char[]){"localhost"}, .port = server.port};
    open_with(NULL);
    assert_int_equal(publish("a").outcome, PUBLISH_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("with the server hung the outcome is unknown", hung_server_is_unknown),
        CASE("with the server killed before, nothing is published", killed_server_is_away),
        CASE("what is refused for now is tried again, and that is said once", refused_for_now),
        CASE("the waiting can be stopped", stopped_while_waiting),
        CASE("a host by its name", by_tcp),
        CASE("what keeps it from opening is said", not_opened),
    };

    signal(SIGPIPE, SIG_IGN); /* as the commands have it */
    return RUN_TESTS("redis_away", tests);
}
