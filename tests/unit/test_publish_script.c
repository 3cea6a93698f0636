/* The publish script of core/keys, with a real Redis: what becomes of a publish that comes twice.
 * The rest of it is in test_redis_publish.c. */
#include "core/event_id.h"
#include "core/keys.h"

#include "redis_server.h"
#include "test.h"

static struct redis_server server;
static struct keys keys;

static int set_up(UNUSED void **state)
{
    need_redis();
    redis_start(&server);
    keys_init(&keys, "sse:");
    return 0;
}

static int tear_down(UNUSED void **state)
{
    redis_remove(&server);
    return 0;
}

/* Publishes `count` events on channel a, all with the same data, by one call. Returns what Redis
 * answers, elements with spaces between; valid until the next call but three. */
static const char *run(const char *floor, size_t count, const char *const *nonces, const char *data)
{
    static char texts[4][4096];
    static int turn;
    const struct keys_publish publish = {.channel = "a",
                                         .data = data,
                                         .data_len = strlen(data),
                                         .nonce = nonces[0],
                                         .floor = floor,
                                         .keep = 1000,
                                         .ttl_s = 100};
    const char *argv[100];
    struct keys_command command;
    char *text = texts[turn++ % 4];

    keys_command_publish(&command, &keys, &publish, NULL);
    memcpy(argv, command.argv, sizeof command.argv);
    for (size_t i = 1; i < count; i++) {
        argv[command.argc++] = nonces[i];
        argv[command.argc++] = data;
    }
    redisReply *reply = redisCommandArgv(server.redis, command.argc, argv, NULL);
    redis_describe(text, sizeof texts[0], reply);
    freeReplyObject(reply);
    return text;
}

static const char *publish(const char *nonce, const char *floor)
{
    return run(floor, 1, &nonce, "x");
}

/* The id in an answer about one event that has just been published, or else the test fails. */
static const char *id_of_new(const char *answer)
{
    static char ids[8][50];
    static int turn;
    char *id = ids[turn++ % 8];
    int receivers = -1;

    if (sscanf(answer, "%42[0-9-] %d", id, &receivers) != 2 || receivers != 0)
        fail_msg("\"%s\" is nothing new", answer);
    assert_string_equal(redis_do(&server, "HGET sse:last a"), id);
    return id;
}

static void assert_found(const char *answer, const char *id)
{
    assert_string_equal(answer, id); /* and nothing behind it */
}

static void assert_gone(const char *answer)
{
    const char *length = redis_do(&server, "XLEN sse:log:a");

    assert_string_equal(answer[0] == ' ' ? "" : answer, "");
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), length);
}

static void assert_length(const char *length)
{
    assert_string_equal(redis_do(&server, "XLEN sse:log:a"), length);
}

static void found(UNUSED void **state)
{
    const char *before = id_of_new(publish("n0", NULL));
    const char *id = id_of_new(publish("n1", before));

    assert_found(publish("n1", before), id);
    id_of_new(publish("n2", before));
    assert_found(publish("n1", before), id);
    assert_length("3");
    char expected[200];
    snprintf(expected, sizeof expected, "%s prev %s nonce n1 data x", id, before);
    assert_string_equal(redis_do(&server, "XRANGE sse:log:a %s %s", id, id), expected);
    id_of_new(publish("n0", id)); /* it is at the floor, not above it */
    id_of_new(publish("n1", NULL));
}

static void found_far_behind(UNUSED void **state)
{
    char nonce[16];
    const char *ids[100];
    static char texts[100][50];

    for (int i = 0; i < 100; i++) {
        snprintf(nonce, sizeof nonce, "n%d", i);
        strcpy(texts[i], id_of_new(publish(nonce, NULL)));
        ids[i] = texts[i];
    }
    for (int i = 10; i < 100; i += 11) {
        snprintf(nonce, sizeof nonce, "n%d", i);
        assert_found(publish(nonce, ids[4]), ids[i]);
    }
    assert_length("100");
}

static void several(UNUSED void **state)
{
    static const char *const NONCES[] = {"n1", "n2", "n3", "n4"};
    char first[50], second[50], third[50], expected[300];

    assert_int_equal(sscanf(run("0-0", 3, NONCES, "x"), "%42[0-9-] 0 %42[0-9-] 0 %42[0-9-] 0",
                            first, second, third),
                     3);
    /* An original that comes after its retry, or a retry with more behind it. */
    snprintf(expected, sizeof expected, "%s %s %s", first, second, third);
    assert_string_equal(run("0-0", 3, NONCES, "x"), expected);
    assert_length("3");
    const char *answer = run("0-0", 4, NONCES, "x");
    assert_ptr_equal(strstr(answer, expected), answer);
    assert_length("4");
    id_of_new(answer + strlen(expected) + 1);
    snprintf(expected, sizeof expected, "%s prev 0-0 nonce n1 data x %s prev %s ", first, second,
             first);
    assert_has(redis_do(&server, "XRANGE sse:log:a - +"), expected);
}

static void trimmed(UNUSED void **state)
{
    const char *first = id_of_new(publish("n1", NULL));
    const char *second = id_of_new(publish("n2", NULL));
    const char *third = id_of_new(publish("n3", NULL));

    redis_do(&server, "XTRIM sse:log:a MAXLEN 1");
    assert_gone(publish("n9", first)); /* it may have been the second */
    char expected[60];
    snprintf(expected, sizeof expected, "  %s", third);
    assert_string_equal(publish("n9", first), expected); /* a floor for who knows better */
    assert_found(publish("n3", first), third);
    id_of_new(publish("n9", second)); /* all above that is there */
    redis_do(&server, "XTRIM sse:log:a MAXLEN 0");
    assert_gone(publish("n8", third));
}

static void log_is_gone(UNUSED void **state)
{
    const char *first = id_of_new(publish("n1", NULL));
    const char *second = id_of_new(publish("n2", NULL));

    redis_do(&server, "DEL sse:log:a");
    assert_gone(publish("n2", first));
    id_of_new(publish("n3", second));
    assert_gone(publish("n2", first)); /* there again, but it begins too late */
    assert_length("1");
}

static void channel_is_unknown(UNUSED void **state)
{
    redis_do(&server, "HSET sse:clock epoch 1-0 last 500-0 swept 400-0");
    assert_gone(publish("n1", "399-0"));
    id_of_new(publish("n1", "400-0"));
}

static void emptied(UNUSED void **state)
{
    const char *first = id_of_new(publish("n1", NULL));

    redis_do(&server, "FLUSHALL");
    id_of_new(publish("n2", first));
    redis_do(&server, "FLUSHALL");
    id_of_new(publish("n3", "0-0"));
    id_of_new(publish("n4", NULL));
    const char *id = id_of_new(publish("n2", first)); /* all of the new life is there */
    assert_found(publish("n2", first), id);
}

static uint64_t redis_time_ms(void)
{
    uintmax_t seconds, us;

    assert_int_equal(sscanf(redis_do(&server, "TIME"), "%ju %ju", &seconds, &us), 2);
    return seconds * 1000 + us / 1000;
}

static struct event_id epoch_of_clock(void)
{
    const char *text = redis_do(&server, "HGET sse:clock epoch");
    struct event_id epoch;

    assert_int_equal(event_id_parse(&epoch, text, strlen(text)), 0);
    return epoch;
}

/* Publishes, empties Redis and publishes again, all in one go. */
static void new_epoch(UNUSED void **state)
{
    struct event_id last;

    for (int i = 0; i < 50; i++) {
        publish("n", "");
        while (redis_time_ms() <= epoch_of_clock().ms)
            continue;
        redis_do(&server, "MULTI");
        publish("n", "");
        redis_do(&server, "FLUSHALL");
        publish("n", "");
        redisReply *reply = redisCommand(server.redis, "EXEC");
        const redisReply *before = reply->element[0]->element[0]->element[0];
        assert_int_equal(event_id_parse(&last, before->str, before->len), 0);
        freeReplyObject(reply);
        assert_true(event_id_compare(last, epoch_of_clock()) < 0);
    }
}

static void foreign_entries(UNUSED void **state)
{
    const char *first = id_of_new(publish("n1", NULL));

    redis_do(&server, "XADD sse:log:a 9999999999999-5 k v");
    assert_gone(publish("n2", first)); /* it does not say what was before it */
    assert_has(publish("n2", first), "9999999999999-5");
    id_of_new(publish("n2", "9999999999999-5"));
    assert_length("3");
}

/* The sequence numbers of the ids in an answer, with spaces between. */
static const char *numbers(const char *answer)
{
    static char text[200];
    size_t len = 0;

    text[0] = '\0';
    for (const char *dash = strchr(answer, '-'); dash != NULL; dash = strchr(dash + 1, '-'))
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d", len > 0 ? " " : "",
                                atoi(dash + 1));
    return text;
}

static void ids_count(UNUSED void **state)
{
    static const char *const NONCES[] = {"n3", "n4", "n5"};

    publish("n1", NULL);
    assert_string_equal(numbers(publish("n2", NULL)), "2");
    publish("n2", "0-0"); /* found, and not one more */
    assert_string_equal(numbers(run("0-0", 3, NONCES, "x")), "3 4 5");
    redis_do(&server, "CONFIG SET maxmemory 1");
    publish("n6", NULL);
    redis_do(&server, "CONFIG SET maxmemory 0");
    redis_do(&server, "HSET sse:last a 9999999999999-2"); /* the clock steps back */
    assert_string_equal(publish("n7", NULL), "9999999999999-6 0");
    redis_do(&server, "HSET sse:clock last 9999999999999-9"); /* by another channel */
    assert_string_equal(publish("n8", NULL), "9999999999999-10 0");
    redis_do(&server, "HSET sse:last a 2-1000"); /* of a life before */
    assert_string_equal(publish("n8", NULL), "9999999999999-11 0");
    redis_do(&server, "XADD sse:log:a 99999999999999-9007199254740991 k v");
    assert_string_equal(publish("n9", NULL), "100000000000000-12 0");
}

static void not_stored(UNUSED void **state)
{
    static const char *const NONCES[] = {"n1", "n2"};

    publish("n0", NULL);
    redis_do(&server, "CONFIG SET maxmemory 1");
    const char *answer = run("0-0", 2, NONCES, "x");
    assert_ptr_equal(strstr(answer, " OOM "), answer);
    assert_null(strstr(answer + 1, " OOM ")); /* the second is not tried */
    redis_do(&server, "CONFIG SET maxmemory 0");
    assert_length("1");
}

/* Whatever fails behind XADD. */
static void stored_all_the_same(UNUSED void **state)
{
    static const char *const COMMANDS[] = {"pexpire", "hset", "publish"};

    publish("n0", NULL);
    redis_do(&server, "ACL SETUSER u on >pw ~* &* +@all");
    for (size_t i = 0; i < COUNT(COMMANDS); i++) {
        redis_do(&server, "AUTH default %s", "");
        redis_do(&server, "ACL SETUSER u +@all -%s", COMMANDS[i]);
        redis_do(&server, "AUTH u pw");
        const char *answer = publish("n1", NULL),
                   *newest = redis_do(&server, "XREVRANGE sse:log:a + - COUNT 1");
        size_t id_len = strcspn(answer, " ");
        assert_int_equal(strncmp(answer, newest, id_len), 0);
        assert_true(strlen(answer) > id_len + 10); /* an error, in words that vary */
    }
    assert_length("4");
}

/* The commands that a batch needs once are for all of it. */
static void settled_once(UNUSED void **state)
{
    static const char *const NONCES[] = {"n1", "n2", "n3"}, *const MORE[] = {"n4", "n5", "n6"};
    const char *answer = run("0-0", 3, NONCES, "x");
    const char *newest = redis_do(&server, "HGET sse:last a");

    assert_string_equal(redis_do(&server, "HGET sse:clock last"), newest);
    assert_string_equal(strstr(answer, newest), strrchr(answer, '-') - strcspn(newest, "-"));
    assert_in_range(atol(redis_do(&server, "PTTL sse:log:a")), 1, 100000);
    redis_do(&server, "ACL SETUSER u on >pw ~* &* +@all -hset");
    redis_do(&server, "AUTH u pw");
    answer = run("0-0", 3, MORE, "x");
    assert_null(strstr(answer, " 0 ")); /* how many receive it is no result here */
    for (int i = 0; i < 3; i++) {
        answer = strstr(answer, "ERR ");
        assert_non_null(answer);
        answer++;
    }
    assert_length("6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what is there under its nonce is not stored again", found),
        CASE("it is found behind many others", found_far_behind),
        CASE("several are published together, and found together", several),
        CASE("with the log trimmed past the floor nothing is published", trimmed),
        CASE("with the log gone nothing is published, unless it ended at the floor", log_is_gone),
        CASE("for a channel that is forgotten it matters how far that goes", channel_is_unknown),
        CASE("in a Redis that was emptied it is published", emptied),
        CASE("the clock that is made then is above all ids, also of that millisecond", new_epoch),
        CASE("entries of others are no proof", foreign_entries),
        CASE("ids count the events, whatever becomes of clock and log", ids_count),
        CASE("behind one that is not stored none is", not_stored),
        CASE("what is stored is not said to be refused", stored_all_the_same),
        CASE("what a batch needs once is done at its end, and fails for all of it", settled_once),
    };

    return RUN_TESTS("publish_script", tests);
}
