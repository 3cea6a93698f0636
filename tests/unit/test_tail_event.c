/* publisher/tail_event: channels of URLs, and wrapped events. */
#include "tail_event.h"

#include <stdio.h>

#include "test.h"

static void channels(UNUSED void **state)
{
    static const struct {
        const char *url, *channel;
    } CASES[] = {
        {"http://host/sse/a", "a"},
        {"http://host/sse/jobs/42?last=1", "jobs/42"},
        {"https://host/events/jobs/42#x", "jobs/42"},
        {"http://host/sse?channel=jobs/42", "jobs/42"},
        {"http://host/sse?last=1&topic=jobs%2F42&wrap=1", "jobs/42"},
        {"http://host/sse?channel=a&channel=b", ""},
        {"http://host/sse/a?channel=b", ""},
        {"http://host/sse?channel=a,b", ""},
        {"http://host/sse/jobs/*", ""},
        {"http://host/sse", ""},
        {"http://host/other/a", ""},
        {"http://host/x?next=/sse/a", ""},
        {"http://host/sse/%zz", ""},
        {"http://host/sse?xchannel=a", ""},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        char channel[TAIL_CHANNEL_MAX + 1];
        tail_event_channel(channel, CASES[i].url);
        if (strcmp(channel, CASES[i].channel) != 0)
            fail_msg("%s: \"%s\" is not \"%s\"", CASES[i].url, channel, CASES[i].channel);
    }
}

static void long_channels(UNUSED void **state)
{
    char url[400] = "http://host/sse/", channel[TAIL_CHANNEL_MAX + 1];
    size_t start = strlen(url);

    memset(url + start, 'a', TAIL_CHANNEL_MAX);
    tail_event_channel(channel, url);
    assert_int_equal(strlen(channel), TAIL_CHANNEL_MAX);
    memset(url + start, 'a', TAIL_CHANNEL_MAX + 1);
    tail_event_channel(channel, url);
    assert_string_equal(channel, "");
}

static void urls_that_wrap(UNUSED void **state)
{
    assert_true(tail_event_url_wraps("http://h/sse/*?wrap=1"));
    assert_true(tail_event_url_wraps("http://h/sse/*?last=1&wrap=1#x"));
    assert_false(tail_event_url_wraps("http://h/sse/*?wrap=0"));
    assert_false(tail_event_url_wraps("http://h/sse/*?wrap=11"));
    assert_false(tail_event_url_wraps("http://h/sse/*?wrap=1&wrap=0"));
    assert_false(tail_event_url_wraps("http://h/sse/wrap=1"));
    assert_false(tail_event_url_wraps("http://h/sse/a#?wrap=1"));
}

/* As it comes from the parser, of a client whose last id was 5-0. */
static void take(struct tail_event *event, const char *type, const char *id, const char *data)
{
    struct sse_parsed parsed = {.type = type,
                                .type_len = strlen(type),
                                .data = data,
                                .data_len = strlen(data),
                                .id = id,
                                .id_len = strlen(id)};

    tail_event_init(event, &parsed, "5-0", "", true);
}

static void assert_event(const char *type, const char *data, const char *wanted)
{
    struct tail_event event;
    char text[200];

    take(&event, type, "6-0", data);
    snprintf(text, sizeof text, "%s|%s|%s|%.*s", event.id, event.channel, event.name,
             (int)event.data_len, event.data);
    assert_string_equal(text, wanted);
    tail_event_deinit(&event);
}

static void unwraps(UNUSED void **state)
{
    assert_event("message", "{\"channel\":\"a\",\"id\":\"6-0\",\"event\":\"e\",\"data\":\"x\\ny\"}",
                 "6-0|a|e|x\ny");
    assert_event("message", "{\"channel\":\"a\",\"event\":\"e\",\"data\":\"\"}", "6-0|a|e|");
    assert_event("message", "{\"channel\":\"a\",\"event\":\"e\"}",
                 "6-0||message|{\"channel\":\"a\",\"event\":\"e\"}");
    assert_event("message", "{\"channel\":1,\"event\":\"e\",\"data\":\"x\"}",
                 "6-0||message|{\"channel\":1,\"event\":\"e\",\"data\":\"x\"}");
    assert_event("message", "text", "6-0||message|text");
    assert_event("message", "[1]", "6-0||message|[1]");
    assert_event("stream-open", "{\"channel\":\"a\",\"event\":\"e\",\"data\":\"x\"}",
                 "6-0||stream-open|{\"channel\":\"a\",\"event\":\"e\",\"data\":\"x\"}");
}

static void ids(UNUSED void **state)
{
    struct tail_event event;

    take(&event, "message", "5-0", "x"); /* the id of the one before: it has none */
    assert_string_equal(event.id, "");
    tail_event_deinit(&event);
    take(&event, "message", "5-0",
         "{\"channel\":\"a\",\"id\":\"4-0\",\"event\":\"e\",\"data\":\"x\"}");
    assert_string_equal(event.id, "4-0");
    tail_event_deinit(&event);
    tail_event_deinit(&event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a URL names one channel, or none", channels),
        TEST("a channel of 200 characters, and one more", long_channels),
        TEST("wrap=1 in the query", urls_that_wrap),
        TEST("wrapped events are taken apart, others are not", unwraps),
        TEST("who has the id of the event before has none", ids),
    };

    return RUN_TESTS("tail_event", tests);
}
