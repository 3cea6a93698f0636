/* replay: the legs of many channels, merged. */
#include "replay.h"

#include "alloc.h"
#include "events.h"
#include "test.h"

#define READS 300

static struct history *history;
static struct log_reads *reads;
static struct replay *replay;
static struct pending_read *sent[READS];
static size_t sent_count, most_sent, answered;
static int ready_count;
static bool is_freed_when_ready;

static void send(UNUSED void *context, struct pending_read *pending,
                 UNUSED const struct log_read *read)
{
    assert_true(sent_count < READS);
    sent[sent_count++] = pending;
    if (sent_count - answered > most_sent)
        most_sent = sent_count - answered;
}

static void on_ready(UNUSED void *context)
{
    ready_count++;
    if (is_freed_when_ready) {
        replay_free(replay);
        replay = NULL;
    }
}

static int set_up(UNUSED void **state)
{
    sent_count = answered = most_sent = 0;
    ready_count = 0;
    is_freed_when_ready = false;
    history = history_new();
    reads = log_reads_new(send, NULL);
    replay = NULL;
    return 0;
}

static int tear_down(UNUSED void **state)
{
    replay_free(replay);
    log_reads_free(reads);
    history_free(history);
    return 0;
}

static void begin(enum start_kind kind, uint64_t after, uint32_t count)
{
    const struct start start = {.kind = kind, .count = count, .after = id_of_ms(after)};

    replay_free(replay);
    replay = replay_new(history, reads, &start, on_ready, NULL);
    assert_non_null(replay);
    assert_true(replay_is_empty(replay));
}

static void add(const char *channel, uint64_t last)
{
    assert_int_equal(replay_add(replay, channel, id_of_ms(last), NULL), 0);
}

/* Answers the read of the channel that is on its way. */
static void answer(const char *channel, const char *events, bool is_whole)
{
    for (size_t i = 0; i < sent_count; i++) {
        if (sent[i] == NULL || strcmp(log_reads_of(sent[i])->channel, channel) != 0)
            continue;
        struct page *page = page_of(channel, events);
        struct pending_read *pending = sent[i];
        page->is_whole = is_whole;
        sent[i] = NULL;
        answered++;
        log_reads_answer(pending, page);
        page_unref(page);
        return;
    }
    fail_msg("nobody reads %s", channel);
}

/* What comes until Redis is waited for ("...") or all is told ("."): "a5", "!7(a,b)<9" for a reset
 * of 7 with 9 as the oldest that is kept; "!7(*)" for all. */
static void assert_comes(const char *expected)
{
    static const char *const ENDS[] = {
        [REPLAY_WAIT] = "...", [REPLAY_DONE] = ".", [REPLAY_FAILED] = "failed"};
    char text[4000] = "";
    size_t len = 0;
    struct replay_item item;
    enum replay_outcome outcome;

    while ((outcome = replay_next(replay, &item)) <= REPLAY_RESET) {
        if (outcome == REPLAY_EVENT) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%ju ",
                                    item.is_state ? "~" : "", item.event->channel,
                                    (uintmax_t)item.event->event.id.ms);
            continue;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "!%ju(%s", (uintmax_t)item.id.ms,
                                item.channels == NULL ? "*" : "");
        for (size_t i = 0; item.channels != NULL && i < item.channel_count; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? "," : "",
                                    item.channels[i]);
        len += (size_t)snprintf(text + len, sizeof text - len, ")<%ju ", (uintmax_t)item.oldest.ms);
    }
    strcat(text, ENDS[outcome]);
    assert_string_equal(text, expected);
}

static void merges(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    add("b", 8);
    add("c", 1); /* nothing new */
    assert_false(replay_is_empty(replay));
    assert_comes("...");
    assert_int_equal(sent_count, 2);
    answer("b", "2<1 8<2", true);
    assert_int_equal(ready_count, 1);
    assert_comes("..."); /* something of `a` may come before */
    answer("a", "3<1 5<3 9<5", true);
    assert_comes("b2 a3 a5 b8 a9 .");
    assert_comes(".");
}

static void merges_pages(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    add("b", 10);
    assert_comes("...");
    answer("a", "3<1 5<3", false);
    answer("b", "2<1 4<2 6<4 10<6", true);
    assert_comes("b2 a3 b4 a5 ..."); /* what of `a` comes before b6? */
    answer("a", "7<5", false);
    assert_comes("b6 a7 ...");
    answer("a", "9<7", true);
    assert_comes("a9 b10 .");
}

static void resets_in_their_place(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    add("b", 10);
    assert_comes("...");
    answer("a", "2<1 8<6 9<8", true);
    answer("b", "4<3 5<4", true);
    assert_comes("a2 !3(b)<4 b4 b5 !6(a)<8 a8 a9 !10(b)<0 .");
}

static void names_that_are_gone(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    replay_add_gone(replay, "x", id_of_ms(4));
    replay_add_gone(replay, "y/*", id_of_ms(4));
    assert_comes("...");
    answer("a", "3<1 9<3", true);
    assert_comes("a3 !4(x,y/*)<9 a9 .");
    begin(START_AFTER, 1, 0);
    replay_add_gone(replay, "x", id_of_ms(4));
    assert_false(replay_is_empty(replay));
    assert_comes("!4(x)<0 .");
}

/* Memory may still have the event whose id that is. */
/* What was swept last is in memory, and its id is the one up to which something else is gone. */
static void a_reset_goes_below_the_event_with_its_id(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    replay_add_gone(replay, "x", id_of_ms(4));
    assert_comes("...");
    answer("a", "4<1 9<4", true);
    assert_comes("!3(x)<4 a4 a9 .");
    begin(START_AFTER, 1, 0);
    add("a", 9);
    add("b", 8);
    replay_add_gone(replay, "x", id_of_ms(4));
    assert_comes("...");
    answer("a", "4<1 9<4", true);
    answer("b", "8<4", true);
    assert_comes("!3(x,b)<4 a4 b8 a9 .");
    begin(START_AFTER, 1, 0);
    add("a", 4);
    add("b", 8);
    assert_comes("...");
    answer("b", "8<4", true);
    answer("a", "4<1", true);
    assert_comes("!3(b)<8 a4 b8 .");
}

static void everything_is_gone(UNUSED void **state)
{
    begin(START_AFTER, 50, 0);
    replay_reset(replay, id_of_ms(3));
    add("a", 9);
    add("b", 2); /* before the epoch */
    assert_comes("...");
    assert_int_equal(log_reads_of(sent[0])->after.ms, 3);
    answer("a", "5<3 9<5", true);
    assert_comes("!3(*)<5 a5 a9 .");
    begin(START_AFTER, 50, 0);
    replay_reset(replay, id_of_ms(3));
    assert_false(replay_is_empty(replay));
    assert_comes("!3(*)<0 .");
}

static void states_one_by_one(UNUSED void **state)
{
    begin(START_LAST, 0, 2);
    add("b", 5);
    add("a", 9);
    assert_comes("...");
    answer("a", "7<3 9<7", true);
    assert_comes("...");
    answer("b", "2<0 5<2", true);
    assert_comes("~b2 ~b5 ~a7 ~a9 .");
    begin(START_LAST, 0, 0);
    add("a", 9);
    assert_true(replay_is_empty(replay));
    assert_comes(".");
}

static void from_memory_at_once(UNUSED void **state)
{
    struct broadcast *event = event_of("a", "9<7");

    history_add(history, event);
    broadcast_unref(event);
    begin(START_AFTER, 7, 0);
    add("a", 9);
    assert_comes("a9 .");
    assert_int_equal(sent_count, 0);
}

/* Many channels: not all are read at a time, and all come in order. */
static void many_channels(UNUSED void **state)
{
    char name[20], events[40], expected[4000] = "", *at = expected;

    begin(START_AFTER, 1, 0);
    for (int i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "c%d_", i);
        add(name, 1000 - (uint64_t)i);
    }
    for (int i = 0; i < 150; i++) {
        assert_comes("...");
        snprintf(name, sizeof name, "c%d_", i);
        snprintf(events, sizeof events, "%d<1", 1000 - i);
        answer(name, events, true);
    }
    for (int i = 149; i >= 0; i--)
        at += sprintf(at, "c%d_%d ", i, 1000 - i);
    strcpy(at, ".");
    assert_comes(expected);
    assert_in_range(most_sent, 2, 64);
}

static void freed_within(UNUSED void **state)
{
    begin(START_AFTER, 1, 0);
    add("a", 9);
    add("b", 9);
    assert_comes("...");
    is_freed_when_ready = true;
    answer("a", "9<1", true);
    assert_null(replay);
    answer("b", "8<1", true); /* for nobody */
    assert_int_equal(ready_count, 1);
}

static void heard_less(UNUSED void **state)
{
    const struct event_id heard = {3, 0};

    begin(START_AFTER, 6, 0);
    assert_int_equal(replay_add(replay, "a", id_of_ms(9), &heard), 0);
    assert_comes("...");
    answer("a", "9<5", true);
    assert_comes("!6(a)<9 a9 .");
}

static int play(UNUSED void *context)
{
    const struct start start = {.kind = START_AFTER, .after = id_of_ms(1)};
    static const char *const NAMES[] = {"a", "b", "c", "d", "e", "f"};
    struct replay_item item;
    enum replay_outcome outcome = REPLAY_FAILED;
    int result = -1;

    replay = replay_new(history, reads, &start, on_ready, NULL);
    if (replay == NULL)
        return -1;
    for (size_t i = 0; i < COUNT(NAMES); i++)
        if (replay_add(replay, NAMES[i], id_of_ms(5 + i), NULL) < 0 ||
            replay_add_gone(replay, NAMES[i], id_of_ms(2)) < 0)
            goto out;
    do
        outcome = replay_next(replay, &item);
    while (outcome <= REPLAY_RESET);
    assert_true(outcome == REPLAY_WAIT || outcome == REPLAY_FAILED);
    result = outcome == REPLAY_WAIT ? 0 : -1;
out:
    replay_free(replay);
    replay = NULL;
    log_reads_clear(reads);
    sent_count = 0;
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(15, play, NULL);
    begin(START_AFTER, 1, 0);
    add("a", 9);
    assert_comes("...");
    log_reads_answer(sent[0], NULL);
    assert_comes("failed");
    replay_free(replay);
    replay = NULL;
    replay_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("events come in the order of their ids", merges),
        CASE("a leg whose page is used up holds up the others", merges_pages),
        CASE("resets stand where the newest event that is gone stood", resets_in_their_place),
        CASE("names that are gone are told together", names_that_are_gone),
        CASE("a reset goes below the event with its id", a_reset_goes_below_the_event_with_its_id),
        CASE("when everything is gone that comes first", everything_is_gone),
        CASE("states come one channel after the other", states_one_by_one),
        CASE("what memory has comes at once", from_memory_at_once),
        CASE("of many channels some are read at a time", many_channels),
        CASE("it can be freed when it becomes ready", freed_within),
        CASE("what was not heard before the cursor is said", heard_less),
        CASE("without memory it fails", without_memory),
    };

    return RUN_TESTS("replay", tests);
}
