/* broadcast: one event, encoded once. */
#include "broadcast.h"

#include <stdio.h>

#include "alloc.h"
#include "fcgi_model.h"
#include "test.h"

#define IDS     "\"id\":\"5-0\",\"prev\":\"4-0\",\"epoch\":\"1-0\""
#define MESSAGE "{" IDS ",\"event\":\"e\",\"data\":\"x\"}"

/* Of a message that must pass. */
static struct broadcast *live(const char *channel, const char *message, size_t len)
{
    const char *why;
    struct broadcast *event = broadcast_new_live(channel, message, len, 1000, &why);

    if (event == NULL || why != NULL)
        fail_msg("%s: %s", message, why);
    assert_false(event->is_refused);
    return event;
}

static void assert_record(struct broadcast *event, unsigned form, const char *frame)
{
    struct record *record = broadcast_record(event, form);
    struct answer answer;

    assert_non_null(record);
    assert_ptr_equal(broadcast_record(event, form), record);
    assert_int_equal(record->refs, 1);
    answer_init(&answer);
    answer_read(&answer, record->bytes, record->len, 1);
    assert_buf(&answer.output, frame);
    answer_deinit(&answer);
}

static void assert_all_forms(struct broadcast *event)
{
    assert_string_equal(event->channel, "jobs/42");
    assert_int_equal(event->event.id.ms, 5);
    assert_int_equal(event->event.prev.ms, 4);
    assert_record(event, 0, "event: e\ndata: x\nid: 5-0\n\n");
    assert_record(event, BROADCAST_STATE, "event: e\ndata: x\n\n");
    assert_record(event, BROADCAST_WRAPPED,
                  "data: {\"channel\":\"jobs/42\",\"id\":\"5-0\",\"event\":\"e\","
                  "\"data\":\"x\"}\nid: 5-0\n\n");
    assert_record(event, BROADCAST_WRAPPED | BROADCAST_STATE,
                  "data: {\"channel\":\"jobs/42\",\"id\":\"5-0\",\"event\":\"e\","
                  "\"data\":\"x\"}\n\n");
}

static void encodes(UNUSED void **state)
{
    struct broadcast *event = live("jobs/42", MESSAGE, strlen(MESSAGE));

    assert_all_forms(event);
    broadcast_unref(event);
}

static void encodes_entries(UNUSED void **state)
{
    static const struct event_field fields[] = {
        {"prev", "4-0", 4, 3}, {"event", "e", 5, 1}, {"data", "x", 4, 1}};
    const char *why;
    struct broadcast *event =
        broadcast_new_entry("jobs/42", (struct event_id){5, 0}, fields, 3, 1000, &why);

    assert_non_null(event);
    assert_null(why);
    assert_all_forms(event);
    broadcast_unref(event);
}

static void references(UNUSED void **state)
{
    struct broadcast *event = live("a", "other\0", 6);

    assert_int_equal(event->refs, 1);
    assert_ptr_equal(broadcast_ref(event), event);
    broadcast_unref(event);
    assert_record(event, 0, "data: other\xef\xbf\xbd\n\n");
    broadcast_unref(event);
    broadcast_unref(NULL);
}

/* With an id it keeps its place in the order; without there is nothing to keep. */
static void assert_refused(const char *message, size_t len, const char *reason, uint64_t id)
{
    const char *why;
    struct broadcast *event = broadcast_new_live("a", message, len, 1000, &why);

    assert_has(why, reason);
    assert_int_equal(event != NULL ? event->event.id.ms : 0, id);
    if (event == NULL)
        return;
    assert_true(event->is_refused);
    assert_int_equal(event->event.prev.ms, 4);
    assert_int_equal(event->event.epoch.ms, 1);
    broadcast_unref(event);
}

static void refused(UNUSED void **state)
{
    char large[1001], message[1200];

    memset(large, 'x', sizeof large);
    broadcast_unref(live("a", large, 1000));
    assert_refused(large, 1001, "SSE_MAX_EVENT", 0);
    assert_refused(large, 1 << 30, "SSE_MAX_EVENT", 0); /* not looked at */
    snprintf(message, sizeof message, "{" IDS ",\"data\":\"%.1001s\"}", large);
    assert_refused(message, strlen(message), "SSE_MAX_EVENT", 5);
    snprintf(message, sizeof message, "{\"data\":\"x\",\"event\":\"end\"}");
    assert_refused(message, strlen(message), "responder's own", 0);
    snprintf(message, sizeof message, "{" IDS ",\"data\":\"x\",\"event\":\"stream-open\"}");
    assert_refused(message, strlen(message), "responder's own", 5);
}

static void refused_entries(UNUSED void **state)
{
    static const struct event_field fields[] = {
        {"data", "xyz", 4, 3}, {"prev", "4-0", 4, 3}, {"event", "stream-x", 5, 8}};
    const struct event_id id = {5, 0};
    const char *why;

    assert_null(broadcast_new_entry("a", id, fields, 1, 1000, &why));
    assert_has(why, "no publisher");
    for (size_t count = 2; count <= 3; count++) {
        struct broadcast *event =
            broadcast_new_entry("a", id, fields, count, count == 2 ? 2 : 3, &why);
        assert_non_null(event);
        assert_has(why, count == 2 ? "SSE_MAX_EVENT" : "responder's own");
        assert_true(event->is_refused);
        assert_int_equal(event->event.id.ms, 5);
        assert_int_equal(event->event.prev.ms, 4);
        broadcast_unref(event);
    }
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
    struct broadcast *event = live("a", message.data, message.len);
    assert_int_equal(event->event.data_len, 1000);
    for (unsigned form = 0; form < BROADCAST_FORMS; form++)
        assert_non_null(broadcast_record(event, form));
    broadcast_unref(event);
    buf_deinit(&message);
}

/* The frames that grow most. */
static void worst_data(UNUSED void **state)
{
    static const char BYTES[] = {'\n', '\r', '\x01', '"', '\\', '\xff', 0};

    for (size_t i = 0; i < COUNT(BYTES); i++) {
        static char data[256 * 1024];
        const char *why;
        memset(data, BYTES[i], sizeof data);
        struct broadcast *event = broadcast_new_live("a", data, sizeof data, sizeof data, &why);
        if (why != NULL) { /* U+FFFD takes three bytes */
            assert_has(why, "SSE_MAX_EVENT");
            assert_null(event);
            continue;
        }
        for (unsigned form = 0; form < BROADCAST_FORMS; form++)
            assert_non_null(broadcast_record(event, form));
        broadcast_unref(event);
    }
}

static int make_and_encode(UNUSED void *context)
{
    const char *why;
    struct broadcast *event = broadcast_new_live("a", MESSAGE, strlen(MESSAGE), 1000, &why);

    assert_null(why);
    bool has_all = event != NULL;
    for (unsigned form = 0; has_all && form < BROADCAST_FORMS; form++)
        has_all = broadcast_record(event, form) != NULL;
    broadcast_unref(event);
    return has_all ? 0 : -1;
}

static int make_refused(UNUSED void *context)
{
    static const char REFUSED[] = "{" IDS ",\"data\":\"x\",\"event\":\"stream-open\"}";
    const char *why;
    struct broadcast *event = broadcast_new_live("a", REFUSED, sizeof REFUSED - 1, 1000, &why);
    bool is_there = event != NULL;

    broadcast_unref(event);
    return is_there ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(8, make_and_encode, NULL);
    alloc_fail_each(1, make_refused, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a message is encoded once in each form", encodes),
        TEST("so is an entry of a log", encodes_entries),
        TEST("the last reference frees it", references),
        TEST("a refused message with an id keeps its place", refused),
        TEST("so does a refused entry, unless no publisher made it", refused_entries),
        TEST("escapes do not count for the limit", escapes_do_not_count),
        TEST("data that grows most has room", worst_data),
        TEST("without memory there is none, or no record", without_memory),
    };

    return RUN_TESTS("broadcast", tests);
}
