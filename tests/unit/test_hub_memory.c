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
        follower = hub_join(f.hub, client->stream, names, 3, &FROM_NOW, false);
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

enum { CONFIRM, START, PAGE, HELD, SECOND_PAGE, LIVE, GAP, STEPS };

static int failing_step;
static unsigned long failing_at;
static bool was_reached;

#define STEP(step, call)                                                                           \
    do {                                                                                           \
        if ((step) == failing_step)                                                                \
            alloc_fail_at(failing_at);                                                             \
        call;                                                                                      \
        if ((step) == failing_step)                                                                \
            was_reached = alloc_fail_never();                                                      \
        loop_turn(&f.loop);                                                                        \
    } while (0)

/* Answers a read, if one is waited for, out of a log of which the second event was lost. */
static void serve_read(int step, bool is_whole)
{
    static const char *const ENTRIES[] = {"5<4", "8<7", "11<8", "12<11", "14<13"};
    char events[200] = "";

    if (f.read_count == 0)
        return;
    struct pending_read *pending = f.reads[--f.read_count];
    const struct log_read *read = log_reads_of(pending);
    for (size_t i = 0; i < COUNT(ENTRIES); i++) {
        uint64_t id = strtoull(ENTRIES[i], NULL, 10);
        if (id <= read->after.ms || id > read->upto.ms || (!is_whole && events[0] != '\0'))
            continue;
        strcat(events, events[0] != '\0' ? " " : "");
        strcat(events, ENTRIES[i]);
    }
    struct page *page = page_of(read->channel, events);
    page->is_whole = is_whole;
    STEP(step, hub_page(f.hub, pending, page));
    page_unref(page);
}

/* Everything that the hub still waits for. */
static void serve_all(void)
{
    while (f.read_count > 0 || strchr(buf_text(&f.asked), '?') != NULL) {
        buf_clear(&f.asked);
        serve_read(STEPS, true);
        if (strchr(buf_text(&f.asked), '?') != NULL || f.read_count == 0)
            started(14, "a:14");
    }
}

/* What was told, but for stream-open. */
static void strip_opens(char *told)
{
    for (char *at; (at = strstr(told, "stream-open")) != NULL;) {
        char *end = strchr(at, ' ');
        memmove(at, end != NULL ? end + 1 : "", end != NULL ? strlen(end + 1) + 1 : 1);
    }
}

/* What was requested depends on where it had to begin again. */
static void strip_requested(char *told)
{
    for (char *at; (at = strstr(told, "\"requested\":")) != NULL;) {
        const char *end = strchr(at, ',') + 1;
        memmove(at, end, strlen(end) + 1);
    }
}

/* A client that resumes: it has it all in the end, or it was abandoned and what it has is the
 * beginning of it. */
static void play(void)
{
    static const char *const WHOLE =
        "message@5-0=5 stream-reset@7-0={\"oldest\":\"8-0\",\"missed\":null,\"channels\":[\"a\"]} "
        "message@8-0=8 "
        "message@11-0=11 message@12-0=12 "
        "stream-reset@13-0={\"oldest\":\"14-0\",\"missed\":null,\"channels\":[\"a\"]} "
        "message@14-0=14 ";
    char told[4000];

    hub_set_up(NULL);
    hub_connected(f.hub);
    struct client *client = join_from("a", resume_at(4), false);
    STEP(CONFIRM, confirm("a"));
    STEP(START, started(9, "a:8"));
    serve_read(PAGE, false);
    STEP(HELD, message_after("a", "a", 11, 8, 1, "11"));
    serve_read(SECOND_PAGE, true);
    STEP(LIVE, message_after("a", "a", 12, 11, 1, "12"));
    STEP(GAP, message_after("a", "a", 14, 13, 1, "14"));
    hub_verify(f.hub, "a", (struct event_id){14, 0}); /* what was not even decoded */
    serve_all();
    loop_turn(&f.loop);
    snprintf(told, sizeof told, "%s ", peer_told(&client->peer));
    strip_opens(told);
    strip_requested(told);
    if (client->stream != NULL && strcmp(told, WHOLE) != 0)
        fail_msg("step %d, allocation %lu: %s", failing_step, failing_at, told);
    hub_tear_down(NULL);
}

static void each_step_without_memory(UNUSED void **state)
{
    failing_step = STEPS;
    play();
    for (failing_step = 0; failing_step < STEPS; failing_step++) {
        was_reached = true;
        for (failing_at = 1; was_reached; failing_at++)
            play();
        print_message("step %d: %lu allocations\n", failing_step, failing_at - 2);
    }
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
        TEST("without memory at any step a stream is abandoned, or gets everything",
             each_step_without_memory),
        CASE("without memory there is no hub", no_hub_without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub_memory", tests);
}
