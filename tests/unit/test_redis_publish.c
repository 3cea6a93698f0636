/* redis_publish, and the scripts of core/keys, with a real Redis. */
#include "redis_publish.h"

#include "alloc.h"
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

static void open_it(void)
{
    struct publish_result result;

    redis_publish_close(publisher);
    publisher = redis_publish_new(&url, &keys, NULL);
    if (redis_publish_connect(publisher, &result) < 0)
        fail_msg("%s", result.error);
}

static int send_one(const char *channel, const char *event, const char *data, uint32_t ttl_s)
{
    const struct keys_publish publish = {.channel = channel,
                                         .event = event,
                                         .data = data,
                                         .data_len = strlen(data),
                                         .keep = 1000,
                                         .ttl_s = ttl_s};

    return redis_publish_send(publisher, &publish);
}

/* Publishes one event and returns its result. */
static struct publish_result publish(const char *channel, const char *event, const char *data)
{
    struct publish_result result;

    assert_int_equal(send_one(channel, event, data, 86400), 0);
    redis_publish_receive(publisher, &result);
    return result;
}

static struct event_id id_of(const char *text)
{
    struct event_id id = {0};

    if (event_id_parse(&id, text, strlen(text)) < 0)
        fail_msg("%s is no id", text);
    return id;
}

static void assert_rises(struct event_id *last, const char *text)
{
    struct event_id id = id_of(text);

    assert_true(event_id_compare(id, *last) > 0);
    *last = id;
}

/* The text with nothing behind each "nonce", whose 16 hexadecimal digits are different ones. */
static const char *without_nonces(const char *text)
{
    static char out[4096], *at;
    const char *last = "";

    at = out;
    for (const char *nonce; (nonce = strstr(text, "nonce ")) != NULL; text = nonce + 22) {
        assert_int_equal(strspn(nonce + 6, "0123456789abcdef"), 16);
        assert_int_not_equal(strncmp(nonce + 6, last, 16), 0);
        last = nonce + 6;
        at += sprintf(at, "%.*s", (int)(nonce + 5 - text), text);
    }
    strcpy(at, text);
    return out;
}

static void one_event(UNUSED void **state)
{
    open_it();
    struct publish_result first = publish("jobs/42", NULL, "{\"a\":1}");
    struct publish_result second = publish("jobs/42", "progress", "two");
    char expected[400];

    assert_int_equal(first.outcome, PUBLISH_DONE);
    assert_int_equal(second.outcome, PUBLISH_DONE);
    assert_int_equal(first.receivers, 0);
    assert_string_equal(first.channel, "jobs/42");
    assert_int_equal(first.size, 7);
    snprintf(expected, sizeof expected,
             "%s prev 0-0 nonce data {\"a\":1} %s prev %s event progress nonce data two", first.id,
             second.id, first.id);
    assert_string_equal(without_nonces(redis_do(&server, "XRANGE sse:log:jobs/42 - +")), expected);
    assert_string_equal(redis_do(&server, "HGET sse:last jobs/42"), second.id);
    assert_string_equal(redis_do(&server, "HGET sse:clock last"), second.id);
    assert_true(
        event_id_compare(id_of(redis_do(&server, "HGET sse:clock epoch")), id_of(first.id)) < 0);
    assert_in_range(atol(redis_do(&server, "PTTL sse:log:jobs/42")), 80000000, 86400000);
}

static void live_envelope(UNUSED void **state)
{
    redisContext *listener = redisConnectUnix(server.socket);
    char expected[400];
    void *reply;

    freeReplyObject(redisCommand(listener, "SUBSCRIBE sse:a"));
    open_it();
    struct publish_result first = publish("a", NULL, "x");
    assert_int_equal(redisGetReply(listener, &reply), REDIS_OK);
    snprintf(expected, sizeof expected,
             "{\"id\":\"%s\",\"prev\":\"0-0\",\"epoch\":\"%s\",\"data\":\"x\"}", first.id,
             redis_do(&server, "HGET sse:clock epoch"));
    assert_string_equal(((redisReply *)reply)->element[2]->str, expected);
    freeReplyObject(reply);
    struct publish_result second = publish("a", "n\"ame", "line\n\"\\\xc3\xa4");
    assert_int_equal(redisGetReply(listener, &reply), REDIS_OK);
    snprintf(expected, sizeof expected,
             "{\"id\":\"%s\",\"prev\":\"%s\",\"epoch\":\"%s\",\"event\":\"n\\\"ame\","
             "\"data\":\"line\\n\\\"\\\\\xc3\xa4\"}",
             second.id, first.id, redis_do(&server, "HGET sse:clock epoch"));
    assert_string_equal(((redisReply *)reply)->element[2]->str, expected);
    freeReplyObject(reply);
    redisFree(listener);
}

static void pipelined(UNUSED void **state)
{
    struct event_id last = {0};
    struct publish_result result;

    open_it();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(send_one(i % 2 ? "a" : "b", NULL, "x", 100), 0);
    for (int i = 0; i < 1000; i++) {
        redis_publish_receive(publisher, &result);
        assert_int_equal(result.outcome, PUBLISH_DONE);
        assert_rises(&last, result.id);
    }
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), "500");
}

/* Redis forgets the script while answers are out. */
static void script_is_flushed(UNUSED void **state)
{
    struct event_id last = {0};
    struct publish_result result;

    open_it();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10; i++)
            assert_int_equal(send_one("a", "e", i % 2 ? "odd" : "even", 100), 0);
        redis_publish_receive(publisher, &result);
        assert_rises(&last, result.id);
        redis_do(&server, "SCRIPT FLUSH");
        for (int i = 0; i < 5; i++) /* these find it gone */
            assert_int_equal(send_one("a", NULL, "late", 100), 0);
        for (int i = 0; i < 14; i++) {
            redis_publish_receive(publisher, &result);
            assert_int_equal(result.outcome, PUBLISH_DONE);
            assert_rises(&last, result.id);
        }
    }
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), "45");
}

static void wrong_type_is_refused(UNUSED void **state)
{
    open_it();
    redis_do(&server, "SET sse:log:a x");
    struct publish_result result = publish("a", NULL, "x");
    assert_int_equal(result.outcome, PUBLISH_REFUSED);
    assert_has(result.error, "WRONGTYPE");
    assert_string_equal(result.id, "");
    assert_string_equal(redis_do(&server, "HGET sse:last a"), "nil");
    assert_int_equal(publish("b", NULL, "x").outcome, PUBLISH_DONE); /* it goes on */
}

/* A user that may not send live: the event is stored all the same. */
static void stored_but_not_live(UNUSED void **state)
{
    redis_do(&server, "ACL SETUSER u on >pw ~* resetchannels +@all");
    url.user = (char[]){"u"};
    url.password = (char[]){"pw"};
    open_it();
    struct publish_result result = publish("a", NULL, "x");
    assert_int_equal(result.outcome, PUBLISH_NOT_LIVE);
    assert_has(result.error, "publish");
    assert_string_equal(redis_do(&server, "HGET sse:last a"), result.id);
}

static void ids_rise_whatever_the_clock(UNUSED void **state)
{
    open_it();
    publish("a", NULL, "x");
    redis_do(&server, "HSET sse:clock last 9999999999999-5");
    assert_string_equal(publish("a", NULL, "x").id, "9999999999999-6");
    redis_do(&server, "HSET sse:last a 9999999999999-8");
    assert_string_equal(publish("a", NULL, "x").id, "9999999999999-9");
    redis_do(&server, "XADD sse:log:b 9999999999999-20 k v");
    assert_string_equal(publish("b", NULL, "x").id, "10000000000000-10");
    assert_string_equal(redis_do(&server, "HGET sse:clock last"), "10000000000000-10");
}

static void log_keeps_about_so_many(UNUSED void **state)
{
    struct keys_publish one = {.channel = "a", .data = "x", .data_len = 1, .keep = 1, .ttl_s = 100};
    struct publish_result result;

    open_it();
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(redis_publish_send(publisher, &one), 0);
        redis_publish_receive(publisher, &result);
    }
    assert_in_range(atoi(redis_do(&server, "XLEN sse:log:a")), 1, 200);
    /* That the log no longer reaches back to where we connected costs no call. */
    assert_has(redis_do(&server, "INFO commandstats"), "cmdstat_evalsha:calls=1000,");
}

/* A channel whose log has run out is forgotten, and how far that goes is remembered. */
static void forgotten_channels(UNUSED void **state)
{
    struct publish_result gone, result;

    open_it();
    assert_int_equal(send_one("gone", NULL, "x", 1), 0);
    redis_publish_receive(publisher, &gone);
    while (strcmp(redis_do(&server, "EXISTS sse:log:gone"), "1") == 0)
        continue;
    for (int i = 0; i < 10000 && strcmp(redis_do(&server, "HGET sse:last gone"), "nil") != 0; i++) {
        assert_int_equal(send_one("b", NULL, "x", 1), 0);
        redis_publish_receive(publisher, &result);
    }
    assert_string_equal(redis_do(&server, "HGET sse:last gone"), "nil");
    assert_string_equal(redis_do(&server, "HGET sse:clock swept"), gone.id);
    assert_int_equal(publish("new", NULL, "x").outcome, PUBLISH_DONE);
    assert_has(redis_do(&server, "XRANGE sse:log:new - +"), gone.id); /* as its prev */
}

static int open_and_send(UNUSED void *context)
{
    struct publish_result result = {.outcome = PUBLISH_AWAY};

    publisher = redis_publish_new(&url, &keys, NULL);
    if (publisher != NULL && send_one("a", "e", "x", 100) == 0) {
        redis_publish_receive(publisher, &result);
        if (result.outcome != PUBLISH_DONE)
            assert_string_equal(result.error, "no memory");
    }
    redis_publish_close(publisher);
    publisher = NULL;
    return result.outcome == PUBLISH_DONE ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(2, open_and_send, NULL);
}

static void closed_with_answers_out(UNUSED void **state)
{
    open_it();
    for (int i = 0; i < 10; i++)
        send_one("a", NULL, "x", 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("an event is in the log, and is the newest", one_event),
        CASE("an event is sent live in its envelope", live_envelope),
        CASE("a thousand are pipelined, with rising ids", pipelined),
        CASE("a script that Redis forgot is loaded again, and nothing is sent twice",
             script_is_flushed),
        CASE("what Redis refuses is not stored", wrong_type_is_refused),
        CASE("what may not be sent live is stored", stored_but_not_live),
        CASE("ids rise whatever the clock says", ids_rise_whatever_the_clock),
        CASE("the log keeps about as many as told", log_keeps_about_so_many),
        CASE("channels whose log ran out are swept", forgotten_channels),
        CASE("without memory nothing is sent", without_memory),
        CASE("it can be closed while answers are out", closed_with_answers_out),
    };

    signal(SIGPIPE, SIG_IGN); /* as the commands have it */
    return RUN_TESTS("redis_publish", tests);
}
