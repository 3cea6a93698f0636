/* broadcast: one event, encoded once. */
#include "broadcast.h"

#include "alloc.h"
#include "fcgi_model.h"
#include "test.h"

#define MESSAGE "{\"id\":\"5-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\",\"event\":\"e\",\"data\":\"x\"}"

static struct broadcast b;

static int set_up(UNUSED void **state)
{
    b = (struct broadcast){0};
    return 0;
}

static int tear_down(UNUSED void **state)
{
    broadcast_deinit(&b);
    broadcast_deinit(&b);
    return 0;
}

static const char *set(const char *channel, const char *message)
{
    return broadcast_set(&b, channel, message, strlen(message), 1000);
}

static void assert_record(bool wrap, const char *frame)
{
    struct record *record = broadcast_record(&b, wrap);
    struct answer answer;

    assert_non_null(record);
    assert_ptr_equal(broadcast_record(&b, wrap), record);
    assert_int_equal(record->refs, 1);
    answer_init(&answer);
    answer_read(&answer, record->bytes, record->len, 1);
    assert_buf(&answer.output, frame);
    answer_deinit(&answer);
}

static void encodes(UNUSED void **state)
{
    assert_null(set("jobs/42", MESSAGE));
    assert_int_equal(b.event.id.ms, 5);
    assert_record(false, "event: e\ndata: x\nid: 5-0\n\n");
    assert_record(true, "data: {\"channel\":\"jobs/42\",\"id\":\"5-0\",\"event\":\"e\","
                        "\"data\":\"x\"}\nid: 5-0\n\n");
}

static void same_message_is_kept(UNUSED void **state)
{
    assert_null(set("a", MESSAGE));
    struct record *record = record_ref(broadcast_record(&b, false));
    assert_null(set("a", MESSAGE));
    assert_ptr_equal(broadcast_record(&b, false), record);
    assert_null(set("b", MESSAGE)); /* another channel is another event */
    assert_record(true, "data: {\"channel\":\"b\",\"id\":\"5-0\",\"event\":\"e\",\"data\":\"x\"}\n"
                        "id: 5-0\n\n");
    assert_int_equal(record->refs, 1);
    record_unref(record);
    assert_null(set("b", "other"));
    assert_record(false, "data: other\n\n");
    assert_null(broadcast_set(&b, "b", "other\0", 6, 1000));
    assert_record(false, "data: other\xef\xbf\xbd\n\n");
    assert_null(set("b", ""));
    assert_record(false, "data: \n\n");
}

static void refused(UNUSED void **state)
{
    char large[1002];

    memset(large, 'x', sizeof large);
    large[1000] = '\0';
    assert_null(set("a", large));
    large[1000] = 'x';
    large[1001] = '\0';
    assert_has(set("a", large), "SSE_MAX_EVENT");
    assert_null(b.channel);
    assert_has(set("a", "{\"data\":\"x\",\"event\":\"end\"}"), "responder's own");
    assert_null(b.channel);
    assert_null(b.event.data);
    assert_null(set("a", MESSAGE));
    assert_has(broadcast_set(&b, "a", large, 1 << 30, 1000), "SSE_MAX_EVENT"); /* not looked at */
}

/* Data whose JSON is six times as large is no larger than it is. */
static void escapes_do_not_count(UNUSED void **state)
{
    struct buf message;

    buf_init(&message, 100000);
    buf_adds(&message, "{\"data\":\"");
    for (int i = 0; i < 1000; i++)
        buf_adds(&message, "\\u0001");
    buf_adds(&message, "\"}");
    assert_null(set("a", buf_text(&message)));
    assert_int_equal(b.event.data_len, 1000);
    assert_non_null(broadcast_record(&b, false));
    assert_non_null(broadcast_record(&b, true));
    buf_deinit(&message);
}

/* The frames that grow most. */
static void worst_data(UNUSED void **state)
{
    static const char BYTES[] = {'\n', '\r', '\x01', '"', '\\', '\xff', 0};

    for (size_t i = 0; i < COUNT(BYTES); i++) {
        static char data[256 * 1024];
        memset(data, BYTES[i], sizeof data);
        const char *why = broadcast_set(&b, "a", data, sizeof data, sizeof data);
        if (why != NULL) { /* U+FFFD takes three bytes */
            assert_has(why, "SSE_MAX_EVENT");
            continue;
        }
        assert_non_null(broadcast_record(&b, false));
        assert_non_null(broadcast_record(&b, true));
    }
}

static int set_and_encode(UNUSED void *context)
{
    broadcast_deinit(&b);
    const char *why = set("a", MESSAGE);
    if (why != NULL) {
        assert_string_equal(why, "no memory");
        assert_null(b.channel);
        assert_null(b.event.data);
    }
    bool has_all = why == NULL && broadcast_record(&b, false) && broadcast_record(&b, true);
    return has_all ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(8, set_and_encode, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("an event is encoded once, plain and wrapped", encodes),
        CASE("the same message is kept, another one replaces it", same_message_is_kept),
        CASE("a refused message leaves none", refused),
        CASE("escapes do not count for the limit", escapes_do_not_count),
        CASE("data that grows most has room", worst_data),
        CASE("without memory it holds none, or no record", without_memory),
    };

    return RUN_TESTS("broadcast", tests);
}
