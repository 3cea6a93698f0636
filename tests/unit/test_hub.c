/* hub: who subscribes to what, and when a stream is open. */
#include "hub_fixture.h"

static void nothing_before_redis(UNUSED void **state)
{
    struct client *client = join("a,b", false);

    join("b,c/*", false);
    assert_asked("");
    assert_told(client, "");
    hub_connected(f.hub);
    const char *asked = buf_text(&f.asked);
    assert_int_equal(strlen(asked), strlen("+a +b +c/*"));
    assert_has(asked, "+a");
    assert_has(asked, "+b");
    assert_has(asked, "+c/*");
}

static void first_and_last(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *first = join("a", false);
    assert_asked("+a");
    struct client *second = join("a", false);
    assert_asked("");
    confirm("a");
    assert_asked("?a");
    leave(first);
    assert_asked("");
    leave(second);
    assert_asked("-a");
    confirm_drop("a");
    assert_asked("");
    join("a", false);
    assert_asked("+a");
}

static void left_before_confirmed(UNUSED void **state)
{
    hub_connected(f.hub);
    leave(join("a", false));
    assert_asked("+a");
    confirm("a");
    assert_asked("-a");
    confirm_drop("a");
    assert_asked("");
}

static void joined_again_before_confirmed(UNUSED void **state)
{
    hub_connected(f.hub);
    leave(join("a", false));
    struct client *client = join("a", false);
    assert_asked("+a");
    confirm("a");
    assert_asked("?a");
    open_at(10);
    assert_told(client, OPENED("\"a\"", "10-0"));
}

static void joined_again_while_dropped(UNUSED void **state)
{
    hub_connected(f.hub);
    leave(join_live("a", 10));
    assert_asked("-a");
    struct client *client = join("a", false);
    assert_asked("");
    message("a", "a", 15, "x"); /* may still come */
    assert_told(client, "");
    confirm_drop("a");
    assert_asked("+a");
    assert_told(client, "");
    confirm("a");
    assert_asked("?a");
    open_at(20);
    assert_told(client, OPENED("\"a\"", "20-0"));
}

static void open_when_all_is_confirmed(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join("b,a/*,c", false);
    assert_asked("+b +a/* +c");
    confirm("c");
    confirm("b");
    assert_asked("");
    assert_told(client, "");
    confirm("a/*");
    assert_asked("?b,a/*,c");
    assert_told(client, "");
    open_at(10);
    assert_told(client, OPENED("\"b\",\"a/*\",\"c\"", "10-0"));
    assert_asked("");
}

static void listed_topics_need_nothing(UNUSED void **state)
{
    hub_connected(f.hub);
    join_live("a", 10);
    struct client *second = join("a", false);
    assert_asked("");
    assert_told(second, OPENED("\"a\"", "10-0"));
    message("a", "a", 12, "x");
    struct client *third = join("a", false);
    assert_asked("");
    assert_told(third, OPENED("\"a\"", "12-0"));
}

/* An answer of a moment before the second one was ready is not for it. */
static void later_ones_get_a_later_answer(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *first = join("a", false);
    confirm("a");
    assert_asked("+a ?a");
    struct client *second = join("b", false), *third = join("b,a", false);
    confirm("b");
    assert_asked("+b");
    open_at(10);
    assert_asked("?b,a");
    assert_told(first, OPENED("\"a\"", "10-0"));
    assert_told(second, "");
    open_at(11);
    assert_told(second, OPENED("\"b\"", "11-0"));
    assert_told(third, OPENED("\"b\",\"a\"", "11-0"));
    assert_asked("");
}

static void asked_for_one_that_left(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *first = join("a", false);
    confirm("a");
    assert_asked("+a ?a");
    leave(first);
    assert_asked("-a");
    open_at(10);
    confirm_drop("a");
    assert_asked("");
}

/* The answer to what was asked for one that left must not open one that came later: it is of a
 * moment before that one's subscription. */
static void answer_for_one_that_left(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *first = join("a", false);
    confirm("a");
    assert_asked("+a ?a");
    leave(first);
    assert_asked("-a");
    struct client *second = join("b", false);
    confirm("b");
    open_at(10); /* asked for `first` */
    assert_told(second, "");
    open_at(15); /* asked for `second` */
    assert_told(second, OPENED("\"b\"", "15-0"));
}

static void lost_and_back(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *live = join_live("a", 10), *waiting = join("a,b", false);
    message("a", "a", 11, "x");
    message("a", "a", 0, "y"); /* `waiting` holds it, and drops it */
    assert_asked("+b");
    hub_disconnected(f.hub);
    struct client *late = join("b", false);
    assert_asked("");
    assert_told(live, OPENED("\"a\"", "10-0") " message@11-0=x message@11-0=y");
    hub_connected(f.hub);
    assert_has(buf_text(&f.asked), "+a");
    assert_has(buf_text(&f.asked), "+b");
    buf_clear(&f.asked);
    confirm("a");
    assert_asked("?a");
    confirm("b");
    started(20, "a:11");
    assert_asked("?b,a");
    started(21, "a:11");
    assert_told(live,
                OPENED("\"a\"", "10-0") " message@11-0=x message@11-0=y " RESUMED("\"a\"", "20-0"));
    assert_told(waiting, OPENED("\"a\",\"b\"", "21-0")); /* what it had waiting was dropped */
    assert_told(late, OPENED("\"b\"", "21-0"));
}

static void lost_in_every_state(UNUSED void **state)
{
    hub_connected(f.hub);
    leave(join("left-subscribing", false));
    leave(join_live("left-dropping", 1));
    struct client *subscribing = join("subscribing", false), *asked = join("asked", false);
    confirm("asked");
    buf_clear(&f.asked);
    hub_disconnected(f.hub);
    assert_asked("");
    hub_connected(f.hub);
    const char *again = buf_text(&f.asked);
    assert_int_equal(strlen(again), strlen("+subscribing +asked"));
    assert_has(again, "+subscribing");
    assert_has(again, "+asked");
    confirm("asked");
    confirm("subscribing");
    open_at(5);
    open_at(6);
    assert_has(peer_told(&subscribing->peer), "");
    assert_told(asked, OPENED("\"asked\"", "5-0"));
    assert_told(subscribing, OPENED("\"subscribing\"", "6-0"));
}

static void left_while_away(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *client = join_live("a", 10);
    hub_disconnected(f.hub);
    leave(client);
    hub_connected(f.hub);
    assert_asked("");
}

static void names_are_kept(UNUSED void **state)
{
    char name[] = "jobs/42", *names[] = {name};
    struct client *client = join("other", false);

    hub_connected(f.hub);
    buf_clear(&f.asked);
    struct follower *follower = hub_join(f.hub, client->stream, names, 1, &FROM_NOW, false);
    strcpy(name, "changed");
    assert_string_equal(topic_of("jobs/42")->name, "jobs/42");
    assert_asked("+jobs/42");
    hub_leave(follower);
    hub_leave(NULL);
    hub_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(hub_set_up, hub_tear_down, sentence, function)
        CASE("nothing is asked for before Redis is there, then all", nothing_before_redis),
        CASE("the first follower subscribes and the last one unsubscribes", first_and_last),
        CASE("a topic left before it is confirmed is dropped after", left_before_confirmed),
        CASE("a topic joined again before it is confirmed is kept", joined_again_before_confirmed),
        CASE("a topic joined again while it is dropped is subscribed to after the answer",
             joined_again_while_dropped),
        CASE("a stream opens when all is confirmed and Redis has answered",
             open_when_all_is_confirmed),
        CASE("of topics that Redis told about nothing is asked again", listed_topics_need_nothing),
        CASE("who is ready later gets a later answer", later_ones_get_a_later_answer),
        CASE("an answer for one that left opens nothing", asked_for_one_that_left),
        CASE("an answer for one that left does not open one that came later",
             answer_for_one_that_left),
        CASE("when Redis was away all start anew", lost_and_back),
        CASE("Redis may go in every state of a topic", lost_in_every_state),
        CASE("what was left while Redis was away is forgotten", left_while_away),
        CASE("names are copied, and nothing can be freed", names_are_kept),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub", tests);
}
