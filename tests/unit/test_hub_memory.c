/* hub: what is left when memory runs out. */
#include "alloc.h"
#include "hub_fixture.h"

/* A failed join leaves no follower; topics that it made are dropped. */
static void join_without_memory(UNUSED void **state)
{
    char *names[] = {"a", "b/*", "c"};
    struct follower *follower = NULL;
    unsigned long n = 0;

    hub_connected(f.hub);
    struct client *client = join("other", false);
    for (bool failed = true; failed;) {
        alloc_fail_at(++n);
        follower = hub_join(f.hub, client->stream, names, 3, false);
        failed = alloc_fail_never();
        assert_true((follower == NULL) == failed);
    }
    assert_int_equal(n, 6); /* topics that were made wait for their answer, and are found again */
    const char *asked = buf_text(&f.asked);
    assert_has(asked, "+a");
    assert_has(asked, "+b/*");
    assert_has(asked, "+c");
    hub_leave(follower);
}

/* The stream is abandoned, or has been opened. */
static void open_without_memory(UNUSED void **state)
{
    bool failed = true;

    hub_connected(f.hub);
    struct client *first = join_live("a", 10);
    for (unsigned long n = 1; failed; n++) {
        f.client_count = 1;
        struct client *client = join("a", false);
        alloc_fail_at(n);
        open_at(10);
        failed = alloc_fail_never();
        assert_told(client, failed ? "" : OPENED("\"a\"", "10-0"));
        assert_true((client->stream == NULL) == failed);
        if (!failed)
            leave(client);
        peer_close(&client->peer);
    }
    f.client_count = 1;
    assert_told(first, OPENED("\"a\"", "10-0"));
}

/* The message is refused, or the stream is abandoned, or has it; live or held. */
static void message_without_memory(bool is_live)
{
    static const char MESSAGE[] = "{\"id\":\"11-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\","
                                  "\"event\":\"e\",\"data\":\"x\"}";
    bool failed = true;
    unsigned long n = 1;

    hub_connected(f.hub);
    join_live("a", 10);
    for (; failed; n++) {
        f.client_count = 1;
        struct client *client = join("a", n % 2);
        if (is_live)
            open_at(10);
        raw_message("a", "a", ""); /* so that the next one is not what the hub has already */
        buf_clear(&f.asked);
        alloc_fail_at(n);
        raw_message("a", "a", MESSAGE);
        failed = alloc_fail_never();
        loop_turn(&f.loop);
        assert_true(failed || client->stream != NULL);
        if (client->stream != NULL && !is_live) {
            open_at(10); /* perhaps asked for one that was abandoned */
            open_at(10);
        }
        if (client->stream != NULL) {
            loop_turn(&f.loop);
            assert_has(peer_told(&client->peer), OPENED("\"a\"", "10-0"));
        }
        if (!failed)
            assert_has(peer_told(&client->peer), "@11-0=");
        if (client->stream != NULL)
            leave(client);
        peer_close(&client->peer);
    }
    assert_true(n > 5);
    f.client_count = 1;
}

static void live_message_without_memory(UNUSED void **state)
{
    message_without_memory(true);
}

static void held_message_without_memory(UNUSED void **state)
{
    message_without_memory(false);
}

static void no_hub_without_memory(UNUSED void **state)
{
    alloc_fail_at(1);
    assert_null(hub_new(&f.config));
    assert_true(alloc_fail_never());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(hub_set_up, hub_tear_down, sentence, function)
        CASE("a join without memory leaves nothing", join_without_memory),
        CASE("a stream that cannot be opened for lack of memory is abandoned", open_without_memory),
        CASE("a live event without memory is refused or abandons", live_message_without_memory),
        CASE("a held event without memory is refused or abandons", held_message_without_memory),
        CASE("without memory there is no hub", no_hub_without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub_memory", tests);
}
