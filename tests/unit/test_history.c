/* history: what is kept of a channel, and what may be claimed of it. */
#include "history.h"

#include "alloc.h"
#include "events.h"
#include "test.h"

static struct history *history;

static int set_up(UNUSED void **state)
{
    history = history_new();
    assert_non_null(history);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    history_free(history);
    return 0;
}

static enum history_outcome add(const char *channel, const char *text)
{
    struct broadcast *event = event_of(channel, text);
    enum history_outcome outcome = history_add(history, event);

    broadcast_unref(event);
    return outcome;
}

static struct chain *chain(const char *channel)
{
    struct chain *found = history_find(history, channel);

    assert_non_null(found);
    return found;
}

static void assert_page(uint64_t after, uint64_t upto, size_t max, const char *expected)
{
    struct page *page = history_page(chain("a"), id_of_ms(after), id_of_ms(upto), max);

    assert_string_equal(describe_page(page), expected);
    page_unref(page);
}

static void assert_newest(uint64_t upto, size_t count, const char *expected)
{
    struct page *page = history_newest(chain("a"), id_of_ms(upto), count);

    assert_string_equal(describe_page(page), expected);
    page_unref(page);
}

static void extend(const char *events, uint64_t upto, bool is_bottom)
{
    struct page *page = page_of("a", events);

    history_extend(history, "a", page, id_of_ms(upto), is_bottom);
    page_unref(page);
}

static void chains_events(UNUSED void **state)
{
    assert_null(history_find(history, "a"));
    assert_int_equal(add("a", "5<3"), HISTORY_FIRST);
    assert_id(chain("a")->floor, 3);
    assert_id(chain("a")->newest, 5);
    assert_int_equal(add("a", "5<3"), HISTORY_KNOWN);
    assert_int_equal(add("a", "4<3"), HISTORY_KNOWN);
    assert_int_equal(add("a", "7<5"), HISTORY_ADDED);
    assert_int_equal(add("a", "9<8"), HISTORY_GAP);
    assert_id(chain("a")->newest, 7);
    assert_id(chain("a")->last, 7);
    assert_int_equal(add("b", "8<0"), HISTORY_FIRST);
    history_forget(history, chain("a"));
    assert_null(history_find(history, "a"));
    assert_non_null(history_find(history, "b"));
    history_clear(history);
    assert_null(history_find(history, "b"));
}

static void learns(UNUSED void **state)
{
    struct chain *made = history_learn(history, "a", id_of_ms(10), (struct event_id){0});

    assert_id(made->floor, 10);
    assert_id(made->newest, 10);
    assert_ptr_equal(history_learn(history, "a", id_of_ms(12), (struct event_id){0}), made);
    assert_id(made->last, 12);
    assert_id(made->newest, 10); /* it may still be on its way */
    history_learn(history, "a", id_of_ms(11), (struct event_id){0});
    assert_id(made->last, 12);
    assert_page(10, 12, 5, "none");
    assert_int_equal(add("a", "12<10"), HISTORY_ADDED);
    assert_page(10, 12, 5, "12");
    assert_false(made->is_ended);
    add("a", "13<12!");
    assert_true(made->is_ended);
    add("a", "14<13");
    assert_false(made->is_ended);
}

static void pages(UNUSED void **state)
{
    add("a", "5<3");
    add("a", "7<5");
    add("a", "9<7");
    assert_page(2, 9, 5, "none"); /* below the floor */
    assert_page(3, 9, 5, "5 7 9");
    assert_page(4, 9, 5, "5 7 9");
    assert_page(5, 9, 5, "7 9");
    assert_page(3, 9, 2, "5 7+");
    assert_page(7, 9, 2, "9");
    assert_page(9, 9, 2, "");
    assert_page(3, 8, 5, "5 7"); /* up to a moment before */
    assert_page(3, 10, 5, "none");
    struct page *page = history_page(chain("a"), id_of_ms(3), id_of_ms(9), 2);
    assert_id(page->end, 7);
    page_unref(page);
    chain("a")->is_bottom = true;
    assert_page(0, 9, 5, "5 7 9");
}

static void newest(UNUSED void **state)
{
    add("a", "5<3");
    add("a", "7<5");
    add("a", "9<7!");
    assert_newest(9, 1, "7 9"); /* an end does not count */
    assert_newest(9, 2, "5 7 9");
    assert_newest(9, 3, "none");
    assert_newest(7, 1, "7");
    assert_newest(10, 1, "none");
    assert_true(history_has_newest(chain("a"), 2));
    assert_false(history_has_newest(chain("a"), 3));
    chain("a")->is_bottom = true;
    assert_true(history_has_newest(chain("a"), 3));
    assert_newest(9, 3, "5 7 9");
}

static void newest_of_none(UNUSED void **state)
{
    history_learn(history, "a", id_of_ms(10), (struct event_id){0});
    assert_newest(10, 1, "none");
    chain("a")->is_bottom = true; /* the log has run out */
    assert_newest(10, 1, "");
}

static void extends(UNUSED void **state)
{
    add("a", "9<7");
    extend("3<2 5<3", 5, true); /* does not reach up to the floor */
    assert_id(chain("a")->floor, 7);
    extend("3<2 5<3 7<5 9<7", 9, false);
    assert_id(chain("a")->floor, 2);
    assert_false(chain("a")->is_bottom);
    assert_page(2, 9, 9, "3 5 7 9");
    extend("", 1, true); /* says nothing about what is at the floor */
    assert_false(chain("a")->is_bottom);
    extend("", 2, true);
    assert_true(chain("a")->is_bottom);
    assert_page(0, 9, 9, "3 5 7 9");
}

/* Where the log has a hole, memory ends. */
static void extends_up_to_a_gap(UNUSED void **state)
{
    add("a", "9<7");
    extend("3<2 5<4 7<5", 7, true);
    assert_id(chain("a")->floor, 4);
    assert_false(chain("a")->is_bottom);
    assert_page(4, 9, 9, "5 7 9");
    assert_page(3, 9, 9, "none");
}

static void learns_of_an_end(UNUSED void **state)
{
    history_learn(history, "a", id_of_ms(9), (struct event_id){0});
    extend("7<5 9<7!", 9, false);
    assert_true(chain("a")->is_ended);
    assert_page(5, 9, 9, "7 9");
}

static void loses(UNUSED void **state)
{
    add("a", "5<3");
    add("a", "7<5");
    add("a", "9<7");
    history_lose(history, "a", id_of_ms(7));
    assert_page(5, 9, 9, "none");
    assert_page(7, 9, 9, "9");
    history_lose(history, "nobody", id_of_ms(7));
    history_lose(history, "a", id_of_ms(100));
    assert_int_equal(add("a", "10<9"), HISTORY_ADDED);
}

static void bounded_in_number(UNUSED void **state)
{
    char text[40];

    chain("a" + (add("a", "1<0") != HISTORY_FIRST))->is_bottom = true;
    for (int i = 2; i <= HISTORY_EVENTS_MAX + 10; i++) {
        snprintf(text, sizeof text, "%d<%d", i, i - 1);
        assert_int_equal(add("a", text), HISTORY_ADDED);
    }
    assert_int_equal(chain("a")->count, HISTORY_EVENTS_MAX);
    assert_id(chain("a")->floor, 10);
    assert_false(chain("a")->is_bottom);
    extend("9<8 10<9", 10, true); /* no room */
    assert_id(chain("a")->floor, 10);
    assert_false(chain("a")->is_bottom);
}

/* The oldest of all channels go first. */
static void bounded_in_bytes(UNUSED void **state)
{
    static char message[300000];
    size_t held = 0;

    add("small", "1<0");
    for (int i = 1; i <= 100; i++) {
        const char *why;
        int len =
            snprintf(message, sizeof message,
                     "{\"id\":\"%d-0\",\"prev\":\"%d-0\",\"epoch\":\"1-0\",\"data\":\"", i, i - 1);
        memset(message + len, 'x', 250000);
        strcpy(message + len + 250000, "\"}");
        struct broadcast *event =
            broadcast_new_live(i % 2 ? "b" : "c", message, strlen(message), 260000, &why);
        assert_non_null(event);
        if (i % 2 == 0)
            event->event.prev = id_of_ms((uint64_t)i - 2);
        else if (i > 1)
            event->event.prev = id_of_ms((uint64_t)i - 2);
        assert_true(history_add(history, event) < HISTORY_GAP);
        held = (chain("b")->count + (i > 1 ? chain("c")->count : 0)) * event->size;
        broadcast_unref(event);
        assert_true(held <= HISTORY_BYTES_MAX);
    }
    assert_true(held > HISTORY_BYTES_MAX / 2);
    assert_int_equal(chain("small")->count, 0);
    assert_id(chain("small")->floor, 1);
    assert_id(chain("small")->newest, 1);
    assert_in_range(chain("b")->count, chain("c")->count - 1, chain("c")->count + 1);
}

static void visit(void *context, struct chain *found)
{
    strcat(context, found->name);
    strcat(context, " ");
}

static void visit_and_forget(UNUSED void *context, struct chain *found)
{
    history_forget(history, found);
}

static void visits(UNUSED void **state)
{
    char names[100] = "";

    add("jobs/1", "1<0");
    add("jobs/2", "1<0");
    add("jobs", "1<0");
    history_each(history, "jobs", visit, names);
    assert_string_equal(names, "jobs ");
    history_each(history, "other", visit, names);
    assert_string_equal(names, "jobs ");
    names[0] = '\0';
    history_each(history, "jobs/*", visit, names);
    assert_int_equal(strlen(names), strlen("jobs/1 jobs/2 "));
    history_each(history, "*", visit_and_forget, NULL);
    assert_null(history_find(history, "jobs"));
}

static void samples(UNUSED void **state)
{
    const char *names[3];
    char seen[100] = "";
    size_t passed = 0;

    assert_int_equal(history_sample(history, names, 3, &passed), 0);
    for (const char *name = "abcdefg"; *name != '\0'; name++)
        add((char[]){*name, '\0'}, "1<0");
    for (int i = 0; i < 3; i++)
        for (size_t n = history_sample(history, names, 3, &passed); n > 0; n--)
            if (strstr(seen, names[n - 1]) == NULL)
                strcat(seen, names[n - 1]);
    assert_int_equal(strlen(seen), 7);
}

static int fill(UNUSED void *context)
{
    bool is_full = history_learn(history, "a", id_of_ms(9), (struct event_id){0}) == NULL;

    if (!is_full) {
        struct chain *made = history_find(history, "a");
        struct page *page = history_page(made, id_of_ms(9), id_of_ms(9), 5);
        is_full = page == NULL;
        page_unref(page);
    }
    history_clear(history);
    return is_full ? -1 : 0;
}

static void without_memory(UNUSED void **state)
{
    struct broadcast *first = event_of("a", "5<3"), *second = event_of("a", "7<5");
    struct page *page = page_of("a", "3<2");

    alloc_fail_each(3, fill, NULL);
    for (unsigned long n = 1; n <= 3; n++) { /* the chain, its name, the event */
        alloc_fail_at(n);
        assert_int_equal(history_add(history, first), HISTORY_FULL);
        assert_true(alloc_fail_never());
        assert_null(history_find(history, "a"));
    }
    assert_int_equal(history_add(history, first), HISTORY_FIRST);
    alloc_fail_at(1);
    assert_int_equal(history_add(history, second), HISTORY_FULL);
    assert_true(alloc_fail_never());
    alloc_fail_at(1);
    history_extend(history, "a", page, id_of_ms(3), true);
    assert_true(alloc_fail_never());
    assert_false(chain("a")->is_bottom);
    assert_page(3, 5, 9, "5");
    page_unref(page);
    broadcast_unref(first);
    broadcast_unref(second);
    alloc_fail_at(1);
    assert_null(history_new());
    alloc_fail_never();
    history_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("events that follow on each other are a chain", chains_events),
        CASE("a chain begins with what Redis said", learns),
        CASE("a page is given only if all of it is held", pages),
        CASE("the newest are given if they are held, ends not counted", newest),
        CASE("of a log that has run out the newest are none", newest_of_none),
        CASE("a page of the log that connects is kept as well", extends),
        CASE("of one with a gap only what is behind it", extends_up_to_a_gap),
        CASE("a page may tell that the channel has ended", learns_of_an_end),
        CASE("what the log has lost is lost", loses),
        CASE("it is bounded in number", bounded_in_number),
        CASE("it is bounded in bytes, and the oldest go first", bounded_in_bytes),
        CASE("chains are visited by name and by pattern", visits),
        CASE("samples go round", samples),
        CASE("without memory nothing is changed", without_memory),
    };

    return RUN_TESTS("history", tests);
}
