/* hub: which events a stream gets, and when it is too slow for them. */
#include "alloc.h"
#include "hub_fixture.h"

#define OPEN_A OPENED("\"a\"", "10-0")

static void live_events(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *a = join_live("a", 10), *b = join_live("b", 10), *also = join_live("a", 10);
    message("a", "a", 11, "x");
    message("b", "b", 12, "y");
    message("a", "a", 13, "z");
    assert_told(a, OPEN_A " message@11-0=x message@13-0=z");
    assert_told(also, OPEN_A " message@11-0=x message@13-0=z");
    assert_told(b, OPENED("\"b\"", "10-0") " message@12-0=y");
}

/* What came before it was live is read from the history, up to the newest one of all. */
static void heard_until_open(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_from("a,b", resume_at(7), false);
    confirm("a");
    message("a", "a", 8, "old");
    message("a", "a", 11, "one");
    message("a", "a", 0, "without id");
    confirm("b");
    message("b", "b", 10, "at");
    message("b", "b", 12, "two");
    assert_told(client, "");
    started(10, "a:8 b:10");
    assert_told(client,
                "message@8-0=old message@10-0=at message@11-0=one "
                "message@12-0=two " RESUMED("\"a\",\"b\"", "12-0") " message@12-0=without id");
}

/* What comes while logs are read waits, and comes behind stream-open. */
static void held_while_replaying(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_from("a", resume_at(7), false);
    confirm("a");
    started(9, "a:9");
    assert_asked("+a ?a <a(7,9]32");
    message_after("a", "a", 11, 9, 1, "y");
    assert_told(client, "");
    page_comes("8<5 9<8", true);
    assert_told(client, "message@8-0=8 message@9-0=9 " RESUMED("\"a\"", "9-0") " message@11-0=y");
}

static void nothing_at_or_below_the_position(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join("a", false);
    confirm("a");
    started(10, "a:10");
    message("a", "a", 9, "x");
    message("a", "a", 10, "x");
    message_after("a", "a", 12, 10, 1, "y");
    message("a", "a", 12, "x");
    message("a", "a", 11, "x");
    message_after("a", "a", 13, 12, 1, "z");
    assert_told(client, OPEN_A " message@12-0=y message@13-0=z");
}

static void channel_and_patterns_once(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join("jobs/*,jobs/42,*", false);
    confirm("jobs/*");
    confirm("jobs/42");
    confirm("*");
    open_at(10);
    for (uint64_t ms = 11; ms < 13; ms++) {
        message("*", "jobs/42", ms, "x");
        message("jobs/42", "jobs/42", ms, "x");
        message("jobs/*", "jobs/42", ms, "x");
    }
    message("*", "other", 13, "o");
    assert_told(client, OPENED("\"jobs/*\",\"jobs/42\",\"*\"",
                               "10-0") " message@11-0=x message@12-0=x message@13-0=o");
}

static void without_id_by_first_match(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join("other,jobs/*,jobs/42,*", false);
    struct client *second = join("*,jobs/42", false);
    confirm("other");
    confirm("jobs/*");
    confirm("jobs/42");
    confirm("*");
    open_at(10);
    open_at(10);
    for (int i = 0; i < 2; i++) { /* the same text twice is two events */
        message("jobs/42", "jobs/42", 0, "x");
        message("*", "jobs/42", 0, "x");
        message("jobs/*", "jobs/42", 0, "x");
    }
    message("*", "else", 0, "e");
    assert_told(client, OPENED("\"other\",\"jobs/*\",\"jobs/42\",\"*\"",
                               "10-0") " message@10-0=x message@10-0=x message@10-0=e");
    assert_told(second, OPENED("\"*\",\"jobs/42\"",
                               "10-0") " message@10-0=x message@10-0=x message@10-0=e");
}

static void any_message(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_live("a", 10);
    raw_message("a", "a", "plain words");
    raw_message("a", "a", "{\"type\":\"greeting\",\"data\":{\"k\": 1}}");
    raw_message("a", "a", "");
    assert_told(client, OPEN_A " message@10-0=plain words greeting@10-0={\"k\":1} message@10-0=");
}

static void refused_messages(UNUSED void **state)
{
    static char large[300000];

    log_init("test", LOG_ERROR);
    hub_connected(f.hub);
    struct client *client = join_live("a", 10);
    raw_message("a", "a", "{\"data\":\"x\",\"event\":\"end\"}");
    raw_message("a", "a", "{\"data\":\"x\",\"event\":\"stream-open\"}");
    memset(large, 'x', f.config.event_max + 1);
    raw_message("a", "a", large);
    message("a", "a", 11, "fine");
    assert_told(client, OPEN_A " message@11-0=fine");
}

static void wrapped(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *plain = join("jobs/*", false), *wraps = join("jobs/*", true);
    confirm("jobs/*");
    open_at(10);
    open_at(10);
    raw_message("jobs/*", "jobs/42",
                "{\"id\":\"11-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\",\"event\":\"progress\","
                "\"data\":\"{\\\"a\\\":1}\"}");
    assert_told(plain, OPENED("\"jobs/*\"", "10-0") " progress@11-0={\"a\":1}");
    assert_told(
        wraps,
        OPENED(
            "\"jobs/*\"",
            "10-0") " message@11-0={\"channel\":\"jobs/42\",\"id\":\"11-0\",\"event\":\"progress\","
                    "\"data\":\"{\\\"a\\\":1}\"}");
}

/* Publishes large events until the client is closed. Returns how many that took. */
static int publish_until_closed(struct client *client, size_t size)
{
    char *text = calloc(1, size + 1);
    int count = 0;

    memset(text, 'x', size);
    while (client->stream != NULL && count < 100000) {
        raw_message("a", "a", text);
        loop_turn(&f.loop);
        count++;
    }
    free(text);
    return count;
}

static void slow_reader(UNUSED void **state)
{
    hub_connected(f.hub);
    f.config.queue_max = 100000;
    struct client *slow = join_live("a", 10), *fast = join_live("a", 10);
    int count = publish_until_closed(slow, 10000);
    assert_in_range(count, 10, 1000); /* the socket's own buffer comes first */
    peer_read(&slow->peer);
    assert_false(slow->peer.answer.ended);
    assert_true(slow->peer.is_at_end);
    (void)fast;
}

static void one_large_event_never_cuts(UNUSED void **state)
{
    static char large[200001];

    hub_connected(f.hub);
    f.config.queue_max = 1024;
    memset(large, '\n', sizeof large - 1);
    struct client *client = join("a", false);
    confirm("a");
    raw_message("a", "a", large); /* held */
    open_at(10);
    loop_turn(&f.loop);
    assert_non_null(client->stream);
    size_t frame = sizeof OPEN_A + 7 * sizeof large;
    for (int i = 0; i < 1000 && client->peer.answer.output.len < frame; i++) {
        peer_read(&client->peer);
        loop_turn(&f.loop);
    }
    assert_in_range(client->peer.answer.output.len, frame, 2 * frame);
    raw_message("a", "a", large); /* live */
    loop_turn(&f.loop);
    assert_non_null(client->stream);
}

/* What cannot wait is read again, once there is room for it. */
static void too_much_held(UNUSED void **state)
{
    char data[401];
    struct buf expected;

    buf_init(&expected, 100000);
    memset(data, 'x', sizeof data);
    data[sizeof data - 1] = '\0';
    hub_connected(f.hub);
    f.config.queue_max = 5000;
    struct client *client = join_from("a", resume_at(9), false);
    confirm("a");
    started(10, "a:10");
    assert_asked("+a ?a <a(9,10]32");
    message_after("a", "a", 11, 10, 1, data);
    message("a", "a", 0, "lost, having no id");
    for (uint64_t ms = 12; ms < 30; ms++)
        message_after("a", "a", ms, ms - 1, 1, data);
    page_comes("10<9", true);
    buf_adds(&expected, "message@10-0=10 ");
    for (int ms = 11; ms < 30; ms++)
        buf_addf(&expected, "message@%d-0=%s ", ms, data);
    buf_adds(&expected, RESUMED("\"a\"", "29-0"));
    /* It comes as fast as the client reads, so much a turn. */
    for (int i = 0; i < 100 && strstr(peer_told(&client->peer), "stream-open") == NULL; i++)
        loop_turn(&f.loop);
    assert_told(client, buf_text(&expected));
    assert_asked("");
    buf_deinit(&expected);
}

static void many_followers(UNUSED void **state)
{
    hub_connected(f.hub);
    for (int i = 0; i < CLIENTS; i++)
        join(i % 2 ? "a" : "a,*", i % 3 == 0);
    confirm("a");
    confirm("*");
    open_at(10);
    open_at(10);
    for (uint64_t ms = 11; ms < 41; ms++) {
        message("a", "a", ms, "x");
        message("*", "a", ms, "x");
    }
    loop_turn(&f.loop);
    for (int i = 0; i < CLIENTS; i++) {
        const char *told = peer_told(&f.clients[i].peer);
        char last[60];
        for (int ms = 11; ms < 41; ms++) {
            snprintf(last, sizeof last, "message@%d-0=", ms);
            assert_has(told, last);
            assert_null(strstr(strstr(told, last) + 1, last));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(hub_set_up, hub_tear_down, sentence, function)
        CASE("live events go to who follows their channel", live_events),
        CASE("what is heard before a stream starts is told in order", heard_until_open),
        CASE("what comes while a log is read waits", held_while_replaying),
        CASE("nothing at or below the position is sent", nothing_at_or_below_the_position),
        CASE("a channel and patterns that match are one delivery", channel_and_patterns_once),
        CASE("an event without an id goes by the first match", without_id_by_first_match),
        CASE("any message is an event", any_message),
        CASE("refused messages are skipped", refused_messages),
        CASE("a stream that wraps gets JSON with the channel", wrapped),
        CASE("a slow reader is cut", slow_reader),
        CASE("one large event never cuts", one_large_event_never_cuts),
        CASE("what waits too long is dropped and read again", too_much_held),
        CASE("many followers get each event once", many_followers),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub_events", tests);
}
