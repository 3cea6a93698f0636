/* leg: one channel's part of a replay, and what of it is proved. */
#include "leg.h"

#include "alloc.h"
#include "events.h"
#include "test.h"

static struct history *history;
static struct log_reads *reads;
static struct pending_read *sent;
static struct log_read sent_read;
static struct leg *leg;

static void send(UNUSED void *context, struct pending_read *pending, const struct log_read *read)
{
    sent = pending;
    sent_read = *read;
}

static void on_page(void *context, struct page *page)
{
    leg_take(context, page);
}

static int set_up(UNUSED void **state)
{
    history = history_new();
    reads = log_reads_new(send, NULL);
    leg = NULL;
    return 0;
}

static int tear_down(UNUSED void **state)
{
    leg_free(leg);
    log_reads_free(reads);
    history_free(history);
    return 0;
}

static void begin(enum start_kind kind, uint64_t after, uint32_t count, uint64_t upto)
{
    const struct start start = {.kind = kind, .count = count, .after = id_of_ms(after)};

    leg_free(leg);
    leg = leg_new("a", &start, id_of_ms(upto), on_page, NULL);
    assert_non_null(leg);
    assert_int_equal(leg->state, LEG_EMPTY);
}

/* Loads the next page, which Redis answers with these events. */
static void load(const char *events, bool is_whole)
{
    leg_load(leg, history, reads);
    assert_int_equal(leg->state, LEG_LOADING);
    struct page *page = page_of("a", events);
    page->is_whole = is_whole;
    log_reads_answer(sent, page);
    page_unref(page);
}

/* All that comes until something must be loaded: "5", "!7" for a reset of 7; "..." for that, "."
 * for the end. */
static void assert_comes(const char *expected)
{
    char text[400] = "";
    size_t len = 0;

    for (; leg->state == LEG_HEAD; leg_advance(leg))
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%ju ", leg->is_reset ? "!" : "",
                                (uintmax_t)leg_id(leg).ms);
    strcat(text, leg->state == LEG_DONE ? "." : leg->state == LEG_EMPTY ? "..." : "?");
    assert_string_equal(text, expected);
}

static void all_of_it(UNUSED void **state)
{
    begin(START_AFTER, 3, 0, 9);
    load("5<3 7<5 9<7", true);
    assert_id(sent_read.after, 3);
    assert_id(sent_read.upto, 9);
    assert_false(sent_read.is_newest);
    assert_comes("5 7 9 .");
    begin(START_AFTER, 4, 0, 9); /* a cursor between two events */
    load("5<3 7<5 9<7", true);
    assert_comes("5 7 9 .");
}

static void trimmed(UNUSED void **state)
{
    begin(START_AFTER, 5, 0, 9); /* up to the cursor itself: nothing is lost */
    load("7<5 9<7", true);
    assert_comes("7 9 .");
    begin(START_AFTER, 3, 0, 9);
    load("7<5 9<7", true);
    assert_comes("!5 7 9 .");
    begin(START_AFTER, 3, 0, 9); /* nothing is kept */
    load("", true);
    assert_comes("!9 .");
    begin(START_AFTER, 3, 0, 9); /* the tail is missing */
    load("5<3 7<5", true);
    assert_comes("5 7 !9 .");
    begin(START_AFTER, 3, 0, 9); /* in the middle */
    load("5<3 9<7", true);
    assert_comes("5 !7 9 .");
}

static void from_page_to_page(UNUSED void **state)
{
    begin(START_AFTER, 3, 0, 9);
    load("5<3 6<5", false);
    assert_comes("5 6 ...");
    load("7<6 9<7", true);
    assert_id(sent_read.after, 6);
    assert_comes("7 9 .");
    begin(START_AFTER, 3, 0, 9); /* trimmed while we read */
    load("5<3 6<5", false);
    assert_comes("5 6 ...");
    load("9<7", true);
    assert_comes("!7 9 .");
    begin(START_AFTER, 3, 0, 9);
    load("5<3 6<5", false);
    assert_comes("5 6 ...");
    load("", true);
    assert_comes("!9 .");
}

static void a_shared_page(UNUSED void **state)
{
    begin(START_AFTER, 6, 0, 9);
    load("5<3 6<5 7<6 9<7", true);
    assert_comes("7 9 .");
    begin(START_AFTER, 6, 0, 9); /* all of the page is before the cursor */
    load("4<3 5<4", false);
    assert_comes("...");
    load("7<6 9<7", true);
    assert_id(sent_read.after, 6);
    assert_comes("7 9 .");
    begin(START_AFTER, 6, 0, 9); /* and what follows is gone */
    load("4<3 5<4", false);
    assert_comes("...");
    load("9<8", true);
    assert_comes("!8 9 .");
}

/* Entries that no publisher made: the page has none of ours, but it moves on. */
static void a_page_of_foreign_entries(UNUSED void **state)
{
    begin(START_AFTER, 3, 0, 9);
    leg_load(leg, history, reads);
    struct page *page = page_of("a", "");
    page->is_whole = false;
    page->end = id_of_ms(4);
    log_reads_answer(sent, page);
    page_unref(page);
    assert_comes("...");
    load("9<3", true);
    assert_id(sent_read.after, 4);
    assert_comes("9 .");
}

static void by_time(UNUSED void **state)
{
    begin(START_SINCE, 3, 0, 9); /* what is gone before was not asked for */
    load("7<5 9<7", true);
    assert_comes("7 9 .");
    begin(START_SINCE, 3, 0, 9);
    load("", true);
    assert_comes(".");
    begin(START_SINCE, 3, 0, 9); /* but what comes then is whole */
    load("5<4 9<7", true);
    assert_comes("5 !7 9 .");
    begin(START_SINCE, 3, 0, 9);
    load("5<4 6<5", false);
    assert_comes("5 6 ...");
    load("", true);
    assert_comes("!9 .");
}

static void the_newest(UNUSED void **state)
{
    begin(START_LAST, 0, 2, 9);
    load("5<3 7<5 9<7", false); /* one more is asked for, since the newest may be an end */
    assert_true(sent_read.is_newest);
    assert_int_equal(sent_read.count, 3);
    assert_comes("7 9 .");
    begin(START_LAST, 0, 2, 9);
    load("5<3 7<5 9<7!", false);
    assert_comes("5 7 9 .");
    begin(START_LAST, 0, 5, 9); /* all that there are */
    load("7<5 9<7", true);
    assert_comes("7 9 .");
    begin(START_LAST, 0, 1, 9);
    load("", true);
    assert_comes(".");
    begin(START_LAST, 0, 1, 9); /* gone before it: no loss */
    load("9<7", true);
    assert_comes("9 .");
}

/* An end is told only if nothing came after it. */
static void the_newest_of_many_ends(UNUSED void **state)
{
    begin(START_LAST, 0, 2, 9);
    load("7<6! 8<7! 9<8!", false); /* too few that count: ask for more */
    assert_comes("...");
    load("4<3 5<4! 6<5 7<6! 8<7! 9<8!", false);
    assert_int_equal(sent_read.count, 6);
    assert_comes("4 6 9 .");
    begin(START_LAST, 0, 2, 9);
    load("7<6! 8<7! 9<8!", true);
    assert_comes("9 .");
    begin(START_LAST, 0, 1, 9);
    load("8<7! 9<8", false);
    assert_comes("9 .");
}

static void from_memory(UNUSED void **state)
{
    struct broadcast *event = event_of("a", "9<7");

    history_add(history, event);
    broadcast_unref(event);
    begin(START_AFTER, 7, 0, 9);
    sent = NULL;
    leg_load(leg, history, reads);
    assert_null(sent);
    assert_comes("9 .");
    begin(START_LAST, 0, 1, 9);
    leg_load(leg, history, reads);
    assert_null(sent);
    assert_comes("9 .");
    begin(START_AFTER, 6, 0, 9);
    load("7<6 9<7", true);
    assert_non_null(sent);
    assert_comes("7 9 .");
}

static void excused(UNUSED void **state)
{
    begin(START_AFTER, 3, 0, 9);
    leg->swept = id_of_ms(5);
    load("7<5 9<7", true);
    assert_comes("7 9 .");
    begin(START_AFTER, 3, 0, 9);
    leg->swept = id_of_ms(4);
    load("7<5 9<7", true);
    assert_comes("!5 7 9 .");
}

/* What is gone may be below the cursor, which never moves back. */
static void heard_less_than_the_cursor(UNUSED void **state)
{
    begin(START_AFTER, 6, 0, 9);
    leg->heard = id_of_ms(3);
    load("8<5 9<8", true);
    assert_comes("!6 8 9 .");
    begin(START_AFTER, 6, 0, 9);
    leg->heard = id_of_ms(5);
    load("8<5 9<8", true);
    assert_comes("8 9 .");
}

static void shares_with_many(UNUSED void **state)
{
    begin(START_AFTER, 3, 0, 9);
    uint32_t alone = leg->wanted;
    leg_share(leg, 1000000);
    assert_int_equal(leg->wanted, 1);
    assert_true(alone > 1);
    load("5<3", false);
    assert_int_equal(sent_read.count, 1);
    assert_comes("5 ...");
    assert_int_equal(leg->wanted, 1);
    begin(START_LAST, 0, 7, 9);
    leg_share(leg, 1000000); /* a state is not to be cut */
    assert_int_equal(leg->wanted, 7);
}

static void without_memory(UNUSED void **state)
{
    const struct start start = {.kind = START_AFTER};

    alloc_fail_at(1);
    assert_null(leg_new("a", &start, id_of_ms(1), on_page, NULL));
    assert_true(alloc_fail_never());
    begin(START_AFTER, 3, 0, 9);
    alloc_fail_at(1);
    leg_load(leg, history, reads);
    assert_true(alloc_fail_never());
    assert_int_equal(leg->state, LEG_FAILED);
    begin(START_AFTER, 3, 0, 9);
    leg_load(leg, history, reads);
    log_reads_answer(sent, NULL);
    assert_int_equal(leg->state, LEG_FAILED);
    leg_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("all that is kept comes in order", all_of_it),
        CASE("what is trimmed is said, but not up to the cursor itself", trimmed),
        CASE("pages must follow on each other", from_page_to_page),
        CASE("of a shared page that begins before the cursor the rest comes", a_shared_page),
        CASE("a page of foreign entries only moves on", a_page_of_foreign_entries),
        CASE("a start by time begins with what is kept", by_time),
        CASE("the newest come, and one that is an end does not count", the_newest),
        CASE("more are asked for when there are many ends", the_newest_of_many_ends),
        CASE("Redis is not asked for what memory has", from_memory),
        CASE("a prev that was swept is no loss if that is so agreed", excused),
        CASE("a reset never moves the cursor back", heard_less_than_the_cursor),
        CASE("pages are smaller when there are many legs", shares_with_many),
        CASE("without memory it has failed", without_memory),
    };

    return RUN_TESTS("leg", tests);
}
