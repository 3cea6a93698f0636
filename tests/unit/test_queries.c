/* queries and answers, on a real Redis. */
#include "queries.h"

#include "alloc.h"
#include "answers.h"
#include "redis_publish.h"
#include "redis_server.h"

static struct redis_server server;
static struct keys keys;
static redisReply *reply;
static struct start_answer start;

static int set_up(UNUSED void **state)
{
    need_redis();
    keys_init(&keys, "sse:");
    redis_start(&server);
    reply = NULL;
    return 0;
}

static int tear_down(UNUSED void **state)
{
    free((void *)start.channels);
    start = (struct start_answer){0};
    freeReplyObject(reply);
    redis_remove(&server);
    return 0;
}

static struct event_id id(const char *text)
{
    struct event_id parsed = {0};

    if (event_id_parse(&parsed, text, strlen(text)) < 0)
        fail_msg("%s is no id", text);
    return parsed;
}

static void assert_same_id(struct event_id a, const char *text)
{
    char own[EVENT_ID_TEXT_MAX];

    event_id_format(own, a);
    assert_string_equal(own, text);
}

static void run(struct query *query)
{
    freeReplyObject(reply);
    reply = redisCommandArgv(server.redis, query->argc, query->argv, query->argv_len);
    assert_non_null(reply);
    query_deinit(query);
}

static void ask_start(const char *names, const char *seen)
{
    char copy[200], *rest = copy, *list[10];
    struct query query;
    size_t count = 0;

    strcpy(copy, names);
    while (names[0] != '\0' && (list[count] = strsep(&rest, ",")) != NULL)
        count++;
    assert_int_equal(query_start(&query, &keys, (const char *const *)list, count, id(seen)), 0);
    run(&query);
    free((void *)start.channels);
    const char *why = answer_start(&start, reply);
    if (why != NULL)
        fail_msg("%s", why);
}

/* The channels of the answer: "a:5-0:0 b:6-0:-1", in the order of their names. */
static const char *found(void)
{
    static char text[1000];
    size_t len = 0;

    text[0] = '\0';
    for (char first = 'a'; first <= 'z'; first++)
        for (size_t i = 0; i < start.channel_count; i++) {
            char last[EVENT_ID_TEXT_MAX];
            if (start.channels[i].name[0] != first)
                continue;
            event_id_format(last, start.channels[i].last);
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s:%s:%d", len > 0 ? " " : "",
                                    start.channels[i].name, last, start.channels[i].is_ended);
        }
    return text;
}

static void makes_the_clock(UNUSED void **state)
{
    ask_start("", "0-0");
    assert_true(start.epoch.ms > 1000000);
    assert_int_equal(event_id_compare(start.epoch, start.horizon), 0);
    assert_true(event_id_is_none(start.swept));
    assert_same_id(start.epoch, redis_do(&server, "HGET sse:clock epoch"));
    assert_same_id(start.horizon, redis_do(&server, "HGET sse:clock last"));
    struct event_id epoch = start.epoch;
    ask_start("", "0-0");
    assert_int_equal(event_id_compare(start.epoch, epoch), 0);
    redis_do(&server, "HSET sse:clock last 9999999999999-7 swept 12-3");
    ask_start("a", "9999999999999-7");
    assert_int_equal(event_id_compare(start.epoch, epoch),
                     0); /* as far as was seen is not behind */
    assert_same_id(start.horizon, "9999999999999-7");
    assert_same_id(start.swept, "12-3");
    assert_int_equal(start.channel_count, 0);
}

static void lists_channels(UNUSED void **state)
{
    redis_do(&server, "HSET sse:clock epoch 1-0 last 9-0");
    redis_do(&server, "HSET sse:last a 5-0 b/1 6-0 b/1/2 7-1 bc 8-0 b 9-0 c*d 1-0");
    redis_do(&server, "XADD sse:log:a 4-0 prev 0-0 event end data x");
    redis_do(&server, "XADD sse:log:a 5-0 prev 4-0 data x");
    redis_do(&server, "XADD sse:log:b 8-0 prev 0-0 data x");
    redis_do(&server, "XADD sse:log:b 9-0 prev 8-0 retry 7 event end data x");
    ask_start("a", "0-0");
    assert_string_equal(found(), "a:5-0:0");
    ask_start("a,b,unknown", "0-0");
    assert_string_equal(found(), "a:5-0:0 b:9-0:1");
    ask_start("b/*", "0-0");
    assert_int_equal(start.channel_count, 2);
    assert_has(found(), "b/1:6-0:-1");
    assert_has(found(), "b/1/2:7-1:-1");
    ask_start("a,*", "0-0");
    assert_int_equal(start.channel_count, 6); /* c*d is no channel of ours */
    assert_has(found(), "a:5-0:0");
    assert_has(found(), "a:5-0:-1");
    ask_start("b/1", "0-0"); /* its log has run out */
    assert_string_equal(found(), "b/1:6-0:0");
}

static void odd_keys(UNUSED void **state)
{
    redis_do(&server, "HSET sse:clock epoch 1-0 last 9-0");
    redis_do(&server, "HSET sse:last a 5-0 b nonsense c 6-0");
    redis_do(&server, "SET sse:log:a something");
    redis_do(&server, "XADD sse:log:c 6-0 other end");
    ask_start("a,b,c", "0-0");
    assert_string_equal(found(), "a:5-0:0 c:6-0:0");
}

/* Redis lost what was delivered: ids go on above it, under a new epoch. */
static void behind(UNUSED void **state)
{
    redis_do(&server, "HSET sse:clock epoch 1-0 last 5-0 swept 2-0");
    ask_start("a", "5-1");
    assert_true(start.epoch.ms > 1000000);
    assert_int_equal(event_id_compare(start.epoch, start.horizon), 0);
    assert_same_id(start.epoch, redis_do(&server, "HGET sse:clock epoch"));
    struct event_id epoch = start.epoch;
    ask_start("a", "5-1"); /* only once */
    assert_int_equal(event_id_compare(start.epoch, epoch), 0);
    ask_start("a", "9999999999999-7"); /* its clock is behind, too */
    assert_same_id(start.epoch, "9999999999999-8");
    assert_same_id(start.horizon, "9999999999999-8");
    assert_int_equal(event_id_compare(start.epoch, id(redis_do(&server, "HGET sse:clock last"))),
                     0);
}

static struct page *read_log(const struct log_read *read, const char **why)
{
    struct query query;

    assert_int_equal(query_log(&query, &keys, read), 0);
    run(&query);
    return answer_log(reply, read, 10, why);
}

/* What a page has: "5-0 6-0", `+` if there is more. */
static void assert_read(const char *after, const char *upto, uint32_t count, bool is_newest,
                        const char *expected)
{
    const struct log_read read = {"a", id(after), id(upto), count, is_newest};
    const char *why;
    char text[400] = "";
    struct page *page = read_log(&read, &why);

    assert_non_null(page);
    assert_null(why);
    for (size_t i = 0; i < page->count; i++) {
        char own[EVENT_ID_TEXT_MAX];
        event_id_format(own, page->events[i]->event.id);
        strcat(strcat(text, i > 0 ? " " : ""), own);
        if (page->events[i]->is_refused)
            strcat(text, "!");
    }
    strcat(text, page->is_whole ? "" : "+");
    assert_string_equal(text, expected);
    page_unref(page);
}

static void reads_logs(UNUSED void **state)
{
    for (int i = 1; i <= 5; i++)
        redis_do(&server, "XADD sse:log:a %d-0 prev %d-0 data x", i, i - 1);
    redis_do(&server, "XADD sse:log:a 5-18446744073709551615 prev 5-0 data x");
    redis_do(&server, "XADD sse:log:a 6-0 prev 5-18446744073709551615 data x");
    assert_read("0-0", "9-0", 9, false, "1-0 2-0 3-0 4-0 5-0 5-18446744073709551615 6-0");
    assert_read("2-0", "4-0", 9, false, "3-0 4-0"); /* without the first, with the last */
    assert_read("1-9", "4-0", 9, false, "2-0 3-0 4-0");
    assert_read("2-0", "4-0", 2, false, "3-0 4-0+");
    assert_read("4-0", "4-0", 2, false, "");
    assert_read("5-18446744073709551615", "9-0", 9, false, "6-0");
    assert_read("5-18446744073709551614", "9-0", 9, false, "5-18446744073709551615 6-0");
    assert_read("0-0", "4-0", 2, true, "3-0 4-0+");
    assert_read("3-0", "4-0", 9, true, "1-0 2-0 3-0 4-0"); /* whatever comes before */
    redis_do(&server, "DEL sse:log:a");
    assert_read("0-0", "4-0", 2, false, "");
}

static void odd_entries(UNUSED void **state)
{
    redis_do(&server, "XADD sse:log:a 1-0 prev 0-0 data x");
    redis_do(&server, "XADD sse:log:a 2-0 data x");
    redis_do(&server, "XADD sse:log:a 3-0 prev 1-0");
    redis_do(&server, "XADD sse:log:a 4-0 prev nonsense data x");
    redis_do(&server, "XADD sse:log:a 5-0 prev 1-0 data 12345678901");
    redis_do(&server, "XADD sse:log:a 6-0 prev 5-0 data 1234567890");
    redis_do(&server, "XADD sse:log:a 7-0 prev 6-0 data x event stream-open");
    redis_do(&server, "XADD sse:log:a 8-0 prev 7-0 data x event end");
    assert_read("0-0", "9-0", 9, false, "1-0 5-0! 6-0 7-0! 8-0");
    assert_read("1-0", "9-0", 3, false, "+"); /* none of ours */
    const struct log_read read = {"a", {1, 0}, {9, 0}, 3, false};
    const char *why;
    struct page *page = read_log(&read, &why);
    assert_same_id(page->end, "4-0");
    page_unref(page);
}

static void refused_reads(UNUSED void **state)
{
    const struct log_read read = {"a", {1, 0}, {9, 0}, 3, false};
    const char *why;

    redis_do(&server, "SET sse:log:a x");
    assert_null(read_log(&read, &why));
    assert_has(why, "WRONGTYPE");
    redis_do(&server, "SET sse:clock x");
    struct query query;
    assert_int_equal(query_start(&query, &keys, NULL, 0, (struct event_id){0}), 0);
    run(&query);
    assert_has(answer_start(&start, reply), "WRONGTYPE");
}

static void newest_ids(UNUSED void **state)
{
    const char *const names[] = {"a", "unknown", "b", "c"};
    struct query query;

    redis_do(&server, "HSET sse:last a 5-0 b 7-3 c nonsense");
    assert_int_equal(query_newest(&query, &keys, names, 4), 0);
    run(&query);
    assert_same_id(answer_newest(reply, 0), "5-0");
    assert_same_id(answer_newest(reply, 1), "0-0");
    assert_same_id(answer_newest(reply, 2), "7-3");
    assert_same_id(answer_newest(reply, 3), "0-0");
    assert_same_id(answer_newest(reply, 4), "0-0");
}

/* What a publisher makes is what is read. */
static void what_was_published(UNUSED void **state)
{
    struct redis_url url = {.path = server.socket};

    struct redis_publish *publisher = redis_publish_new(&url, &keys, NULL);
    assert_non_null(publisher);
    for (int i = 0; i < 3; i++) {
        const struct keys_publish one = {.channel = "a",
                                         .event = i == 2 ? "end" : "e",
                                         .data = "x\ny",
                                         .data_len = 3,
                                         .retry_ms = 7,
                                         .keep = 100,
                                         .ttl_s = 100};
        struct publish_result result;
        assert_int_equal(redis_publish_send(publisher, &one), 0);
        redis_publish_receive(publisher, &result);
        assert_int_equal(result.outcome, PUBLISH_DONE);
    }
    redis_publish_close(publisher);
    ask_start("a", "0-0");
    assert_int_equal(start.channel_count, 1);
    assert_int_equal(start.channels[0].is_ended, 1);
    assert_int_equal(event_id_compare(start.channels[0].last, start.horizon), 0);
    const struct log_read read = {"a", start.epoch, start.horizon, 9, false};
    const char *refused;
    struct page *page = read_log(&read, &refused);
    assert_int_equal(page->count, 3);
    assert_string_equal(page->events[0]->event.data, "x\ny");
    assert_string_equal(page->events[0]->event.name, "e");
    assert_int_equal(page->events[0]->event.retry_ms, 7);
    assert_true(event_id_is_none(page->events[0]->event.prev));
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(
            event_id_compare(page->events[i]->event.prev, page->events[i - 1]->event.id), 0);
    assert_true(event_is_end(&page->events[2]->event));
    page_unref(page);
}

static int ask_all(UNUSED void *context)
{
    const struct log_read read = {"a", {0, 0}, {9, 0}, 3, false};
    const char *const names[] = {"a"};
    const struct lease_text lease = {.name = "l", .name_len = 1};
    struct query query;
    const char *why;
    int result;

    result = query_start(&query, &keys, names, 1, (struct event_id){0});
    query_deinit(&query);
    if (result == 0) {
        result = query_newest(&query, &keys, names, 1);
        query_deinit(&query);
    }
    if (result == 0) {
        result = query_log(&query, &keys, &read);
        query_deinit(&query);
    }
    if (result == 0) {
        result = query_leases(&query, &keys, 0);
        query_deinit(&query);
    }
    if (result == 0) {
        result = query_drop(&query, &keys, &lease);
        query_deinit(&query);
    }
    if (result < 0)
        return result;
    struct page *page = answer_log(reply, &read, 10, &why);
    assert_null(why);
    page_unref(page);
    return page != NULL ? 0 : -1;
}

static int take_start(void *context)
{
    free((void *)start.channels);
    const char *why = answer_start(&start, context);

    if (why != NULL)
        assert_string_equal(why, "no memory");
    return why == NULL ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    redis_do(&server, "XADD sse:log:a 1-0 prev 0-0 data x event e");
    redis_do(&server, "HSET sse:last a 1-0");
    ask_start("a", "0-0");
    alloc_fail_each(1, take_start, reply);
    const struct log_read read = {"a", {0, 0}, {9, 0}, 3, false};
    const char *why;
    page_unref(read_log(&read, &why));
    alloc_fail_each(10, ask_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("a start makes the clock, once", makes_the_clock),
        CASE("it lists what names and patterns mean", lists_channels),
        CASE("odd keys are nobody else's trouble", odd_keys),
        CASE("a Redis that is behind goes on above what was seen", behind),
        CASE("logs are read behind one id, up to another", reads_logs),
        CASE("entries that are no events are left out, refused ones are not", odd_entries),
        CASE("what Redis refuses is said in its words", refused_reads),
        CASE("newest ids come in the order of the question", newest_ids),
        CASE("what was published is what is read", what_was_published),
        CASE("without memory nothing is asked, and no answer is half", without_memory),
    };

    return RUN_TESTS("queries", tests);
}
