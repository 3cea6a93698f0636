/* answers: whatever Redis may answer, none is believed that makes no sense. */
#include "answers.h"

#include "alloc.h"
#include "test.h"

#include <stdio.h>

/* Reads a reply in Redis' own protocol. */
static redisReply *parse(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    redisReaderFeed(reader, text, strlen(text));
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    redisReaderFree(reader);
    return reply;
}

#define ID   "$3\r\n1-0\r\n"
#define DATA "*4\r\n$4\r\nprev\r\n$3\r\n0-0\r\n$4\r\ndata\r\n$1\r\nx\r\n"

static void starts(UNUSED void **state)
{
    static const char *const BAD[] = {
        "+OK\r\n",
        "*0\r\n",
        "$-1\r\n",
        "*3\r\n" ID ID ID,
        "*4\r\n" ID ID ID ID,
        "*4\r\n$-1\r\n" ID ID "*0\r\n",
        "*4\r\n" ID ":7\r\n" ID "*0\r\n",
        "*4\r\n" ID ID "$3\r\nabc\r\n*0\r\n",
        "*5\r\n" ID ID ID "*0\r\n" ID,
    };
    struct start_answer start;

    for (size_t i = 0; i < COUNT(BAD); i++) {
        redisReply *reply = parse(BAD[i]);
        assert_has(answer_start(&start, reply), "no sense");
        assert_null(start.channels);
        freeReplyObject(reply);
    }
    redisReply *reply = parse("-ERR in its own words\r\n");
    assert_string_equal(answer_start(&start, reply), "ERR in its own words");
    freeReplyObject(reply);
}

static void channels(UNUSED void **state)
{
    static const struct {
        const char *list;
        size_t count;
    } CASES[] = {
        {"*0\r\n", 0},
        {"*3\r\n$1\r\na\r\n" ID ":1\r\n", 1},
        {"*4\r\n$1\r\na\r\n" ID ":1\r\n$1\r\nb\r\n", 1},
        {"*6\r\n$1\r\na\r\n" ID ":1\r\n$2\r\nb*\r\n" ID ":0\r\n", 1},
        {"*6\r\n:5\r\n" ID ":1\r\n$1\r\nb\r\n" ID ":0\r\n", 1},
        {"*3\r\n$1\r\na\r\n$1\r\nx\r\n:1\r\n", 0},
        {"*3\r\n$1\r\na\r\n" ID ID, 0},
        {"*3\r\n$3\r\na b\r\n" ID ":1\r\n", 0},
    };
    struct start_answer start;
    char text[300];

    for (size_t i = 0; i < COUNT(CASES); i++) {
        snprintf(text, sizeof text, "*4\r\n" ID ID ID "%s", CASES[i].list);
        redisReply *reply = parse(text);
        assert_null(answer_start(&start, reply));
        assert_int_equal(start.channel_count, CASES[i].count);
        free((void *)start.channels);
        freeReplyObject(reply);
    }
}

static void logs(UNUSED void **state)
{
    static const struct {
        const char *reply;
        size_t count; /* 99: it is refused */
        bool is_whole;
    } CASES[] = {
        {"+OK\r\n", 99, false},
        {"-NOPERM of its own\r\n", 99, false},
        {"*0\r\n", 0, true},
        {"*1\r\n*2\r\n" ID DATA, 1, true},
        {"*3\r\n*2\r\n" ID DATA "*2\r\n$3\r\n2-0\r\n" DATA "*2\r\n$3\r\n3-0\r\n" DATA, 3, false},
        {"*2\r\n*2\r\n" ID DATA "+OK\r\n", 1, true},
        {"*1\r\n*1\r\n" ID, 0, true},
        {"*1\r\n*2\r\n" ID ID, 0, true},
        {"*1\r\n*2\r\n" ID "*0\r\n", 0, true},
        {"*1\r\n*2\r\n" ID "*3\r\n$4\r\nprev\r\n$3\r\n0-0\r\n$4\r\ndata\r\n", 0, true},
        {"*1\r\n*2\r\n$1\r\nx\r\n" DATA, 0, true},
    };
    const struct log_read read = {"a", {0, 0}, {9, 0}, 3, false};
    const char *why;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        redisReply *reply = parse(CASES[i].reply);
        struct page *page = answer_log(reply, &read, 10, &why);
        assert_true((why != NULL) == (CASES[i].count == 99));
        assert_true((page == NULL) == (CASES[i].count == 99));
        if (page != NULL) {
            assert_int_equal(page->count, CASES[i].count);
            assert_int_equal(page->is_whole, CASES[i].is_whole);
        }
        page_unref(page);
        freeReplyObject(reply);
    }
}

static void newest_first(UNUSED void **state)
{
    const struct log_read read = {"a", {0, 0}, {9, 0}, 3, true};
    redisReply *reply = parse("*2\r\n*2\r\n$3\r\n2-0\r\n" DATA "*2\r\n" ID DATA);
    const char *why;
    struct page *page = answer_log(reply, &read, 10, &why);

    assert_int_equal(page->count, 2);
    assert_int_equal(page->events[0]->event.id.ms, 1);
    assert_int_equal(page->events[1]->event.id.ms, 2);
    page_unref(page);
    freeReplyObject(reply);
}

static void newest_of_nothing(UNUSED void **state)
{
    redisReply *reply = parse("-ERR\r\n");

    assert_true(event_id_is_none(answer_newest(reply, 0)));
    freeReplyObject(reply);
}

#define NOW "$13\r\n1795170075205\r\n"
#define ONE "*1\r\n$1\r\na\r\n"

static void leases(UNUSED void **state)
{
    static const char *const BAD[] = {
        "+OK\r\n",
        "*0\r\n",
        "*4\r\n$0\r\n\r\n" NOW "*0\r\n*0\r\n",
        "*4\r\n:5\r\n" NOW "*0\r\n*0\r\n",
        "*4\r\n$1\r\n-\r\n" NOW "*0\r\n*0\r\n",
        "*4\r\n" NOW NOW NOW "*0\r\n",
        "*4\r\n" NOW NOW "*0\r\n" NOW,
        "*4\r\n" NOW NOW ONE "*0\r\n",
        "*4\r\n" NOW NOW "*1\r\n:5\r\n" ONE,
    };
    static const char *const GOOD[] = {
        "*4\r\n" NOW "$0\r\n\r\n" ONE ONE,
        "*4\r\n" NOW "$3\r\ninf\r\n" ONE "*1\r\n$-1\r\n",
        "*4\r\n" NOW "$3\r\n9.5\r\n" ONE "*1\r\n:5\r\n",
    };
    struct leases_answer answer;

    for (size_t i = 0; i < COUNT(BAD); i++) {
        redisReply *reply = parse(BAD[i]);
        assert_has(answer_leases(&answer, reply), "no sense");
        assert_int_equal(answer.count, 0);
        freeReplyObject(reply);
    }
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        redisReply *reply = parse(GOOD[i]);
        assert_null(answer_leases(&answer, reply));
        assert_int_equal(answer.now_ms, 1795170075205);
        assert_int_equal(answer.next_ms, 0);
        assert_int_equal(answer.count, 1);
        assert_bytes(answer.leases[0].name, answer.leases[0].name_len, "a");
        assert_true((answer.leases[0].will != NULL) == (i == 0));
        freeReplyObject(reply);
    }
    redisReply *reply = parse("-ERR in its own words\r\n");
    assert_string_equal(answer_leases(&answer, reply), "ERR in its own words");
    freeReplyObject(reply);
}

static void claims(UNUSED void **state)
{
    static const struct {
        const char *reply, *id, *why;
    } CASES[] = {
        {"*0\r\n", NULL, NULL}, /* somebody else's */
        {"*1\r\n*2\r\n" ID ":2\r\n", "1-0", NULL},
        {"*1\r\n*2\r\n" ID "$5\r\nERR x\r\n", "1-0", NULL}, /* stored, not live */
        {"*1\r\n*2\r\n$0\r\n\r\n$5\r\nOOM x\r\n", NULL, "OOM x"},
        {"-NOPERM x\r\n", NULL, "NOPERM x"},
        {"*1\r\n*2\r\n$0\r\n\r\n:5\r\n", NULL, "no sense"},
        {"*1\r\n*1\r\n" ID, NULL, "no sense"},
        {"*1\r\n" ID, NULL, "no sense"},
        {"+OK\r\n", NULL, "no sense"},
    };
    const char *id;

    for (size_t i = 0; i < COUNT(CASES); i++) {
        redisReply *reply = parse(CASES[i].reply);
        const char *why = answer_claim(&id, reply);
        assert_true((why == NULL) == (CASES[i].why == NULL));
        assert_true((id == NULL) == (CASES[i].id == NULL));
        if (why != NULL)
            assert_has(why, CASES[i].why);
        if (id != NULL)
            assert_string_equal(id, CASES[i].id);
        freeReplyObject(reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a start that makes no sense is refused", starts),
        TEST("channels that make no sense are left out", channels),
        TEST("so are entries of a log", logs),
        TEST("the newest first come in order", newest_first),
        TEST("an error tells no newest id", newest_of_nothing),
        TEST("leases that make no sense are none", leases),
        TEST("a claim has an id, or is somebody else's", claims),
    };

    return RUN_TESTS("answers", tests);
}
