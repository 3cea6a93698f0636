/* hub: what was not heard, what is gone, and a Redis that is another one. */
#include "hub_fixture.h"

#define RESET(id, requested, oldest, names)                                                        \
    "stream-reset@" id "={\"requested\":\"" requested "\",\"oldest\":" oldest                      \
    ",\"missed\":null,\"channels\":[" names "]}"

/* A client of `names` that is live at 10, where channel `a` is. */
static struct client *live_at_10(const char *names, const char *channels)
{
    char copy[100], *rest = copy, *name;

    hub_connected(f.hub);
    struct client *client = join(names, false);
    strcpy(copy, names);
    while ((name = strsep(&rest, ",")) != NULL)
        confirm(name);
    started(10, channels);
    loop_turn(&f.loop);
    peer_read(&client->peer);
    buf_clear(&f.asked);
    return client;
}

/* What it was told since it was live at 10. */
static void assert_since(struct client *client, const char *expected)
{
    loop_turn(&f.loop);
    const char *told = strchr(peer_told(&client->peer), '}') + 1;
    assert_string_equal(told + (*told == ' '), expected);
}

static void a_gap_is_read(UNUSED void **state)
{
    struct client *client = live_at_10("a", "a:9");

    message_after("a", "a", 13, 12, 1, "x");
    assert_asked("?a");
    assert_since(client, "");
    started(13, "a:13");
    assert_asked("<a(10,13]32");
    page_comes("12<9 13<12", true);
    assert_since(client, "message@12-0=12 message@13-0=13 " RESUMED("\"a\"", "13-0"));
}

/* What another channel told is above what was not heard: that is said, and not sent. */
static void passed_by_another_channel(UNUSED void **state)
{
    struct client *client = live_at_10("a,b", "a:9 b:8");

    message_after("b", "b", 12, 8, 1, "y");
    message_after("a", "a", 14, 11, 1, "z"); /* 11 was not heard */
    assert_asked("?a,b");
    started(14, "a:14 b:12");
    assert_asked("<a(12,14]32");
    page_comes("14<11", true);
    assert_since(client,
                 "message@12-0=y " RESET(
                     "12-0", "12-0", "\"14-0\"",
                     "\"a\"") " message@14-0=14 "
                              "stream-open@14-0={\"channels\":[\"a\",\"b\"],\"resumed\":false}");
}

/* What was not heard is above all that was told: nothing is lost. */
static void not_passed_by_another_channel(UNUSED void **state)
{
    struct client *client = live_at_10("a,b", "a:9 b:8");

    message_after("b", "b", 12, 8, 1, "y");
    message_after("a", "a", 14, 13, 1, "z");
    started(14, "a:14 b:12");
    page_comes("13<9 14<13", true);
    assert_since(client,
                 "message@12-0=y message@13-0=13 message@14-0=14 " RESUMED("\"a\",\"b\"", "14-0"));
}

static void the_first_of_a_channel(UNUSED void **state)
{
    struct client *client = live_at_10("c/*", "");

    message_after("c/*", "c/1", 12, 7, 1, "x"); /* 7 was swept: it follows on nothing */
    assert_since(client, "message@12-0=x");
    message_after("c/*", "c/2", 15, 13, 1, "y"); /* one before it was not heard */
    assert_asked("?c/*");
    started(15, "c/1:12 c/2:15");
    page_comes("13<0 15<13", true);
    assert_since(client,
                 "message@12-0=x message@13-0=13 message@15-0=15 " RESUMED("\"c/*\"", "15-0"));
}

static void found_by_asking(UNUSED void **state)
{
    struct client *client = live_at_10("a", "a:9");
    const char *names[4];

    assert_int_equal(hub_sample(f.hub, names, 4), 1);
    assert_string_equal(names[0], "a");
    hub_verify(f.hub, "a", (struct event_id){9, 0});
    hub_verify(f.hub, "a", (struct event_id){0, 0});
    hub_verify(f.hub, "unknown", (struct event_id){99, 0});
    assert_asked("");
    hub_verify(f.hub, "a", (struct event_id){11, 0});
    assert_asked("?a");
    started(11, "a:11");
    page_comes("11<9", true);
    assert_since(client, "message@11-0=11 " RESUMED("\"a\"", "11-0"));
}

static void emptied_and_heard_live(UNUSED void **state)
{
    struct client *client = live_at_10("a", "a:9");

    message_after("a", "a", 21, 0, 20, "new");
    assert_asked("?a");
    started_by(20, 0, 21, "a:21"); /* of another epoch than the hub's */
    assert_asked("?a");
    started_by(20, 0, 21, "a:21");
    page_comes("21<0", true);
    assert_since(client, RESET("20-0", "10-0", "\"21-0\"", "\"a\"") " message@21-0=21 stream-open@"
                                                                    "21-0={\"channels\":[\"a\"],"
                                                                    "\"resumed\":false}");
}

/* Found out by an answer, before anything came live. */
static void emptied_and_asked(UNUSED void **state)
{
    struct client *client = live_at_10("a", "a:9");

    struct client *other = join_from("b", resume_at(5), false);
    confirm("b");
    started_by(20, 0, 20, "");
    started_by(20, 0, 20, "");
    assert_since(client, RESET("20-0", "10-0", "null", "\"a\"") " stream-open@20-0={\"channels\":["
                                                                "\"a\"],\"resumed\":false}");
    assert_told(other, RESET("20-0", "5-0", "null", "\"b\"") " stream-open@20-0={\"channels\":["
                                                             "\"b\"],\"resumed\":false}");
}

/* The epoch of what comes before the first answer counts, too. */
static void emptied_before_the_first_answer(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_from("a", resume_at(8), false);
    confirm("a");
    message_after("a", "a", 21, 0, 20, "new");
    started_by(1, 0, 9, "a:9"); /* from before it was emptied */
    started_by(20, 0, 21, "a:21");
    while (strchr(buf_text(&f.asked), '?') != NULL) {
        buf_clear(&f.asked);
        started_by(20, 0, 21, "a:21");
    }
    while (f.read_count > 0)
        page_comes("21<0", true);
    loop_turn(&f.loop);
    assert_has(peer_told(&client->peer), "stream-reset@20-0=");
    assert_has(peer_told(&client->peer), "message@21-0=");
}

static void ahead_of_redis(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_from("a", resume_at(99), false);
    confirm("a");
    started(10, "a:9");
    page_comes("9<0", true);
    assert_told(client, RESET("1-0", "99-0", "\"9-0\"", "\"a\"") " message@9-0=9 stream-open@10-0="
                                                                 "{\"channels\":[\"a\"],"
                                                                 "\"resumed\":false}");
}

static void channels_that_were_swept(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *before = join_from("a,c/*,gone", resume_at(4), false);
    struct client *behind = join_from("a,c/*,gone", resume_at(5), false);
    confirm("a");
    confirm("c/*");
    confirm("gone");
    started_by(1, 5, 10, "a:9");
    while (f.read_count > 0)
        page_comes("9<4", true);
    assert_told(before, RESET("5-0", "4-0", "\"9-0\"",
                              "\"c/*\",\"gone\"") " message@9-0=9 "
                                                  "stream-open@10-0={\"channels\":[\"a\",\"c/"
                                                  "*\",\"gone\"],\"resumed\":false}");
    assert_told(behind, "message@9-0=9 " RESUMED("\"a\",\"c/*\",\"gone\"", "10-0"));
}

/* Many that come back near the newest event: one read, and then none. */
static void a_storm(UNUSED void **state)
{
    live_at_10("a", "a:9");

    message_after("a", "a", 11, 9, 1, "x");
    for (int i = 0; i < 5; i++)
        join_from("a", resume_at(10), false); /* from memory */
    assert_asked("");
    for (int i = 0; i < 4; i++)
        join_from("a", resume_at(5), false); /* older than that */
    assert_asked("?a");
    started(11, "a:11");
    assert_asked("<a(5,11]32 ?a");
    started(11, "a:11");
    assert_asked(""); /* they share it */
    page_comes("7<5 9<7 11<9", true);
    for (int i = 0; i < 4; i++)
        join_from("a", resume_at(6), false); /* memory has that now */
    assert_asked("");
    for (size_t i = 1; i < f.client_count; i++) {
        loop_turn(&f.loop);
        const char *told = peer_told(&f.clients[i].peer);
        assert_has(told, RESUMED("\"a\"", "11-0"));
        assert_has(told, "message@11-0=");
        assert_int_equal(strstr(told, "message@7-0=7 message@9-0=9 ") == told, i > 5);
    }
}

/* An answer of before `b` was confirmed tells nothing that could be relied on. */
static void asked_before_it_was_confirmed(UNUSED void **state)
{
    hub_connected(f.hub);
    join("*", false);
    confirm("*");
    assert_asked("+* ?*");
    struct client *client = join("b", false);
    leave(&f.clients[0]);
    assert_asked("+b -*");
    confirm("b"); /* b@6 came before that, and behind the answer */
    started(5, "b:5");
    assert_asked("?b");
    started(6, "b:6");
    assert_told(client, OPENED("\"b\"", "6-0"));
    message_after("b", "b", 7, 6, 1, "x");
    assert_asked(""); /* no gap */
    assert_told(client, OPENED("\"b\"", "6-0") " message@7-0=x");
}

/* What a dropped topic still brings is not remembered: something may be missing behind it. */
static void dropped_and_followed_again(UNUSED void **state)
{
    struct client *client = live_at_10("a", "a:9");

    message_after("a", "a", 11, 9, 1, "x");
    leave(client);
    assert_asked("-a");
    client = join_from("a", resume_at(10), false);
    message_after("a", "a", 12, 11, 1, "late");
    confirm_drop("a");
    confirm("a");
    assert_asked("+a ?a");
    started(14, "a:14");
    assert_asked("<a(10,14]32");
    page_comes("11<9 12<11 13<12 14<13", true);
    assert_told(client, "message@11-0=11 message@12-0=12 message@13-0=13 message@14-0=14 " RESUMED(
                            "\"a\"", "14-0"));
    /* and nothing is left of before, behind which this would be a gap */
    message_after("a", "a", 15, 14, 1, "x");
    assert_asked("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(hub_set_up, hub_tear_down, sentence, function)
        CASE("a gap is read from the log before the stream goes on", a_gap_is_read),
        CASE("what a stream has passed by is said", passed_by_another_channel),
        CASE("and not said if it has not", not_passed_by_another_channel),
        CASE("the first event of a channel may not be the first", the_first_of_a_channel),
        CASE("what was not heard is found by asking", found_by_asking),
        CASE("an event of another epoch: every stream is told", emptied_and_heard_live),
        CASE("an answer of another epoch: every stream is told", emptied_and_asked),
        CASE("so it is before the first answer", emptied_before_the_first_answer),
        CASE("a cursor ahead of Redis is told", ahead_of_redis),
        CASE("names that Redis forgot are told to who is behind that", channels_that_were_swept),
        CASE("a storm costs one read", a_storm),
        CASE("an answer from before a topic was confirmed does not count",
             asked_before_it_was_confirmed),
        CASE("what comes for a topic that is dropped does not count", dropped_and_followed_again),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub_gaps", tests);
}
