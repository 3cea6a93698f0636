/* core/event: names, messages from anybody, wrapping. */
#include "core/event.h"

#include "alloc.h"
#include "core/json.h"
#include "test.h"

#define IDS "\"id\":\"17-3\",\"prev\":\"16-0\",\"epoch\":\"1-0\""

static void names(UNUSED void **state)
{
    static const struct {
        const char *name, *problem;
    } CASES[] = {
        {"progress", NULL},
        {"message", NULL},
        {"with space", NULL},
        {"a:b", NULL},
        {"\xc3\xa4", NULL},
        {"ends", NULL},
        {"END", NULL},
        {"stream", NULL},
        {"streams-x", NULL},
        {"", "1 to 200"},
        {"end", "responder's own"},
        {"stream-", "responder's own"},
        {"stream-open", "responder's own"},
        {"a\nb", "control character"},
        {"a\rb", "control character"},
        {"\t", "control character"},
        {"a\x7f", "control character"},
        {"\xff", "UTF-8"},
        {"a\xc3", "UTF-8"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *problem = event_check_name(CASES[i].name, strlen(CASES[i].name));
        if (CASES[i].problem != NULL)
            assert_has(problem, CASES[i].problem);
        else if (problem != NULL)
            fail_msg("\"%s\": %s", CASES[i].name, problem);
    }
    assert_has(event_check_name("a\0b", 3), "control character");
}

static void name_limits(UNUSED void **state)
{
    char name[EVENT_NAME_MAX + 1];

    memset(name, 'n', sizeof name);
    assert_null(event_check_name(name, EVENT_NAME_MAX));
    assert_has(event_check_name(name, EVENT_NAME_MAX + 1), "1 to 200");
}

/* What a message gives; `name` NULL for none, `id` "0-0" for none. */
static void assert_decoded(const char *message, size_t len, const char *name, const char *data,
                           const char *id, uint32_t retry_ms)
{
    char text[EVENT_ID_TEXT_MAX];
    struct event event;
    const char *why = event_decode(&event, message, len);

    if (why != NULL)
        fail_msg("%s: %s", message, why);
    event_id_format(text, event.id);
    if (strcmp(text, id) != 0)
        fail_msg("%s has the id %s", message, text);
    if (event.retry_ms != retry_ms)
        fail_msg("%s has the retry %u", message, event.retry_ms);
    if ((name == NULL) != (event.name == NULL) || (name && strcmp(name, event.name) != 0))
        fail_msg("%s has the name %s", message, event.name ? event.name : "(none)");
    if (event.data_len != strlen(data) || strcmp(event.data, data) != 0)
        fail_msg("%s has the data %s", message, event.data);
    event_deinit(&event);
    event_deinit(&event);
    assert_null(event.data);
}

static void envelopes(UNUSED void **state)
{
    static const struct {
        const char *message, *name, *data, *id;
        uint32_t retry_ms;
    } CASES[] = {
        {"{" IDS ",\"data\":\"hello\"}", NULL, "hello", "17-3", 0},
        {"{" IDS ",\"event\":\"progress\",\"data\":\"x\",\"retry\":2000}", "progress", "x", "17-3",
         2000},
        {"{" IDS ",\"event\":\"message\",\"data\":\"x\"}", NULL, "x", "17-3", 0},
        {"{" IDS ",\"event\":\"\",\"data\":\"x\"}", NULL, "x", "17-3", 0},
        {"{" IDS ",\"data\":\"\"}", NULL, "", "17-3", 0},
        {"{" IDS ",\"data\":\"a\\nb\\u00e4\\ud83d\\ude00\\/\"}", NULL,
         "a\nb\xc3\xa4\xf0\x9f\x98\x80/", "17-3", 0},
        {"{" IDS ",\"data\":{\"a\": 1, \"b\": [true, null, \"x/y\"]}}", NULL,
         "{\"a\":1,\"b\":[true,null,\"x/y\"]}", "17-3", 0},
        {"{" IDS ",\"data\":[ ]}", NULL, "[]", "17-3", 0},
        {"{" IDS ",\"data\":null}", NULL, "null", "17-3", 0},
        {"{" IDS ",\"data\":45.50}", NULL, "45.50", "17-3", 0},
        {"{" IDS ",\"data\":false}", NULL, "false", "17-3", 0},
        /* an id alone is no cursor */
        {"{\"id\":\"17-3\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        {"{\"id\":\"17-3\",\"prev\":\"16-0\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        {"{\"id\":\"17-3\",\"epoch\":\"1-0\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        {"{\"id\":17,\"prev\":\"16-0\",\"epoch\":\"1-0\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        {"{\"id\":\"17\",\"prev\":\"16-0\",\"epoch\":\"1-0\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        {"{\"id\":\"17-3\",\"prev\":null,\"epoch\":\"1-0\",\"data\":\"x\"}", NULL, "x", "0-0", 0},
        /* flask-sse */
        {"{\"data\": {\"message\": \"Hello!\"}, \"type\": \"greeting\"}", "greeting",
         "{\"message\":\"Hello!\"}", "0-0", 0},
        {"{\"data\": \"x\", \"type\": \"message\", \"id\": \"abc\", \"retry\": 50}", NULL, "x",
         "0-0", 50},
        {"{\"data\":\"x\",\"type\":\"a\",\"event\":\"b\"}", "b", "x", "0-0", 0},
        {"{\"data\":\"x\",\"type\":7}", NULL, "x", "0-0", 0},
        /* retry that makes no sense */
        {"{\"data\":\"x\",\"retry\":-1}", NULL, "x", "0-0", 0},
        {"{\"data\":\"x\",\"retry\":0}", NULL, "x", "0-0", 0},
        {"{\"data\":\"x\",\"retry\":86400000}", NULL, "x", "0-0", 86400000},
        {"{\"data\":\"x\",\"retry\":86400001}", NULL, "x", "0-0", 0},
        {"{\"data\":\"x\",\"retry\":99999999999999999999}", NULL, "x", "0-0", 0},
        {"{\"data\":\"x\",\"retry\":\"2000\"}", NULL, "x", "0-0", 0},
        {"{\"data\":\"x\",\"retry\":2.5}", NULL, "x", "0-0", 0},
    };

    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_decoded(CASES[i].message, strlen(CASES[i].message), CASES[i].name, CASES[i].data,
                       CASES[i].id, CASES[i].retry_ms);
}

static void anything_else_is_data(UNUSED void **state)
{
    static const char *const CASES[] = {
        "hello",
        "",
        "42",
        "[1,2]",
        "\"x\"",
        "{}",
        "{\"a\":1}",
        "{",
        "{\"",
        "{\"data\":",
        "{\"data\":\"x\"",
        "{'data':'x'}",
        "{data:1}",
        "a\r\nb",
        "null",
        "{\"data\":1} x",
        "{\"data\":1}{}",
        "{\"Data\":1}",
        "{\"id\":\"17-3\",\"prev\":\"16-0\",\"epoch\":\"1-0\"}",
    };

    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_decoded(CASES[i], strlen(CASES[i]), NULL, CASES[i], "0-0", 0);
}

static void cut_envelope_is_data(UNUSED void **state)
{
    static const char MESSAGE[] = "{" IDS ",\"event\":\"progress\",\"data\":\"a\\u00e4\"}";
    char cut[sizeof MESSAGE];

    for (size_t len = 0; len < sizeof MESSAGE - 1; len++) {
        memcpy(cut, MESSAGE, len);
        cut[len] = '\0';
        assert_decoded(MESSAGE, len, NULL, cut, "0-0", 0);
    }
}

static void broken_bytes_are_repaired(UNUSED void **state)
{
    assert_decoded("a\0b\xff", 4, NULL,
                   "a\xef\xbf\xbd"
                   "b\xef\xbf\xbd",
                   "0-0", 0);
    assert_decoded("\xff\xff", 2, NULL, "\xef\xbf\xbd\xef\xbf\xbd", "0-0", 0);
    assert_decoded("{\"data\":\"a\xff\"}", 13, NULL, "a\xef\xbf\xbd", "0-0", 0);
    assert_decoded("{\"data\":\"a\\u0000b\"}", 19, NULL,
                   "a\xef\xbf\xbd"
                   "b",
                   "0-0", 0);
    assert_decoded("{\"data\":{\"k\":\"\xc3\"}}", 18, NULL, "{\"k\":\"\xef\xbf\xbd\"}", "0-0", 0);
}

static void message_with_nul_is_data(UNUSED void **state)
{
    assert_decoded("{\"data\":\"x\"}\0tail", 17, NULL, "{\"data\":\"x\"}\xef\xbf\xbdtail", "0-0",
                   0);
}

/* Data of a foreign publisher that is no string is read and written again. */
static void large_numbers(UNUSED void **state)
{
    static const char MESSAGE[] = "{\"data\":[123456789012345678901234567890,1e400,-0.10]}";

    assert_decoded(MESSAGE, sizeof MESSAGE - 1, NULL, "[18446744073709551615,1e400,-0.10]", "0-0",
                   0);
}

static void bad_names_are_refused(UNUSED void **state)
{
    static const char *const CASES[] = {
        "{\"data\":\"x\",\"event\":\"end\"}",
        "{\"data\":\"x\",\"type\":\"end\"}",
        "{\"data\":\"x\",\"type\":\"stream-open\"}",
        "{\"data\":\"x\",\"event\":\"a\\nid: 7\"}",
        "{\"data\":\"x\",\"event\":\"a\\u0000b\"}",
        "{\"data\":\"x\",\"event\":\"\xff\"}",
        "{\"data\":\"x\",\"event\":\"message\\u0000\"}",
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct event event;
        memset(&event, 0x55, sizeof event);
        if (event_decode(&event, CASES[i], strlen(CASES[i])) == NULL)
            fail_msg("%s passes", CASES[i]);
        assert_null(event.name);
        assert_null(event.data);
        event_deinit(&event);
    }
}

static void deinit_of_nothing(UNUSED void **state)
{
    struct event event = {0};

    event_deinit(&event);
    event_deinit(&event);
}

static void assert_wrapped(const struct event *event, const char *json)
{
    struct json_fault fault;
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(event_wrap(&out, "jobs/42", event), 0);
    assert_buf(&out, json);
    assert_int_equal(json_check(out.data, out.len, &fault), 0);
    buf_deinit(&out);
}

static void wraps(UNUSED void **state)
{
    struct event event = {.data = (char[]){"a\"\n\xc3\xa4/"}, .data_len = 6};

    assert_wrapped(&event, "{\"channel\":\"jobs/42\",\"event\":\"message\","
                           "\"data\":\"a\\\"\\n\xc3\xa4/\"}");
    event.id = (struct event_id){17, 3};
    event.name = (char[]){"pro\"gress"};
    event.data = (char[]){""};
    event.data_len = 0;
    assert_wrapped(&event, "{\"channel\":\"jobs/42\",\"id\":\"17-3\",\"event\":\"pro\\\"gress\","
                           "\"data\":\"\"}");
}

static void wrap_past_limit(UNUSED void **state)
{
    struct event event = {.id = {17, 3}, .data = (char[]){"abc"}, .data_len = 3};
    size_t len =
        strlen("{\"channel\":\"c\",\"id\":\"17-3\",\"event\":\"message\",\"data\":\"abc\"}");

    for (size_t max = 0; max <= len; max++) {
        struct buf out;
        buf_init(&out, max);
        assert_int_equal(event_wrap(&out, "c", &event), max < len ? -1 : 0);
        buf_deinit(&out);
    }
}

static int decode_and_wrap(UNUSED void *context)
{
    static const char MESSAGE[] = "{" IDS ",\"event\":\"progress\",\"data\":\"x\"}";
    struct event event;
    struct buf out;

    buf_init(&out, 1000);
    const char *why = event_decode(&event, MESSAGE, sizeof MESSAGE - 1);
    if (why != NULL) {
        assert_string_equal(why, "no memory");
        assert_null(event.name);
        assert_null(event.data);
    }
    int result = why != NULL ? -1 : event_wrap(&out, "c", &event);
    event_deinit(&event);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, decode_and_wrap, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("names that publishers may use, and others", names),
        TEST("a name has 1 to 200 bytes", name_limits),
        TEST("envelopes, ours and flask-sse's, are understood", envelopes),
        TEST("anything else is data as it stands", anything_else_is_data),
        TEST("an envelope that is cut anywhere is data", cut_envelope_is_data),
        TEST("broken UTF-8 and NULs become U+FFFD", broken_bytes_are_repaired),
        TEST("an object with more behind a NUL is data", message_with_nul_is_data),
        TEST("integers past 64 bits become the largest, other numbers stay", large_numbers),
        TEST("names that are not the publisher's are refused", bad_names_are_refused),
        TEST("an event that holds nothing can be ended", deinit_of_nothing),
        TEST("a wrapped event is JSON with its channel", wraps),
        TEST("wrapping past the limit fails", wrap_past_limit),
        TEST("without memory nothing is held", without_memory),
    };

    return RUN_TESTS("event", tests);
}
