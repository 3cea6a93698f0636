/* greeting: a header that waits for a moment, until it is known whether all is over. */
#include "greeting.h"

#include "alloc.h"
#include "hub_fixture.h"

static struct greetings *greetings;

static int set_up(void **state)
{
    hub_set_up(state);
    f.config.heartbeat_ms = 80; /* less is waited than that */
    greetings = greetings_new(&f.loop.loop, &f.config);
    assert_non_null(greetings);
    f.config.heartbeat_ms = 3600000;
    hub_set_greet(f.hub, greeting_decide);
    return 0;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < f.client_count; i++)
        if (f.clients[i].stream != NULL)
            greeting_drop(f.clients[i].follower->greeting);
    greetings_free(greetings);
    return hub_tear_down(state);
}

static int add(struct client *client)
{
    struct buf begin, over;

    buf_init(&begin, 100);
    buf_init(&over, 100);
    buf_adds(&begin, "data: begin\n\n");
    buf_adds(&over, "data: over\n\n");
    int result = greetings_add(greetings, client->follower, &begin, &over);
    buf_deinit(&begin);
    buf_deinit(&over);
    return result;
}

/* A client that waits, of channels that are not started yet. */
static struct client *waiting(const char *names, struct start start)
{
    struct client *client = join_from(names, start, false);

    assert_int_equal(add(client), 0);
    assert_non_null(client->follower->greeting);
    assert_told(client, "");
    return client;
}

static void decided(UNUSED void **state)
{
    struct client *begins = waiting("a", FROM_NOW), *ends = waiting("a", FROM_NOW);

    greeting_decide(ends->follower->greeting, true);
    greeting_decide(begins->follower->greeting, false);
    assert_null(begins->follower->greeting);
    greeting_decide(NULL, true);
    assert_told(begins, "message@=begin");
    assert_told(ends, "message@=over");
    assert_non_null(begins->stream);
    loop_turn(&f.loop);
    assert_null(ends->stream);
}

static bool has_begun(void *client)
{
    return strcmp(peer_told(&((struct client *)client)->peer), "message@=begin") == 0;
}

static void nobody_decides(UNUSED void **state)
{
    struct client *first = waiting("a", FROM_NOW), *second = waiting("a", FROM_NOW);

    loop_wait(&f.loop, has_begun, first);
    loop_wait(&f.loop, has_begun, second);
    assert_null(first->follower->greeting);
    struct client *later = waiting("a", FROM_NOW);
    loop_wait(&f.loop, has_begun, later);
}

static void dropped(UNUSED void **state)
{
    struct client *first = waiting("a", FROM_NOW), *second = waiting("a", FROM_NOW);

    greeting_drop(first->follower->greeting);
    greeting_drop(first->follower->greeting);
    loop_wait(&f.loop, has_begun, second);
    assert_told(first, "");
}

/* The hub says whether all is over: only who resumes, has all, and follows what has ended. */
static void the_hub_decides(UNUSED void **state)
{
    hub_connected(f.hub);
    struct client *over = waiting("a", resume_at(9)), *behind = waiting("a", resume_at(8));
    struct client *new = waiting("a", newest(1)), *more = waiting("a,b", resume_at(9));
    struct client *pattern = waiting("a,c/*", resume_at(9));
    confirm("a");
    confirm("b");
    confirm("c/*");
    started(9, "a:9! b:7");
    started(9, "a:9! b:7");
    while (f.read_count > 0)
        page_comes("9<8!", true);
    assert_told(over, "message@=over");
    assert_null(over->stream);
    loop_turn(&f.loop);
    assert_has(peer_told(&behind->peer), "message@=begin end@9-0=9 stream-open@9-0=");
    assert_has(peer_told(&new->peer), "message@=begin end@=9 stream-open@9-0=");
    assert_has(peer_told(&more->peer), "message@=begin stream-open@9-0=");
    assert_has(peer_told(&pattern->peer), "message@=begin stream-open@9-0=");
    assert_null(behind->stream); /* it has the end now */
    assert_non_null(more->stream);
    assert_non_null(pattern->stream);
}

static int add_one(void *client)
{
    int result = add(client);

    if (result == 0)
        greeting_drop(((struct client *)client)->follower->greeting);
    assert_null(((struct client *)client)->follower->greeting);
    return result;
}

static void without_memory(UNUSED void **state)
{
    struct client *client = join("a", false);

    alloc_fail_each(5, add_one, client);
    alloc_fail_at(1);
    assert_null(greetings_new(&f.loop.loop, &f.config));
    assert_true(alloc_fail_never());
    greetings_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("it is decided: a stream begins, or is over", decided),
        CASE("nobody waits for long", nobody_decides),
        CASE("who leaves is dropped", dropped),
        CASE("all is over for who has all that has ended", the_hub_decides),
        CASE("without memory nobody waits", without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("greeting", tests);
}
