/* log_reads: reads that are on their way, shared. */
#include "log_reads.h"

#include "alloc.h"
#include "events.h"
#include "test.h"

static struct log_reads *reads;
static struct pending_read *sent[20];
static size_t sent_count;
static struct buf told;

static void send(UNUSED void *context, struct pending_read *pending, const struct log_read *read)
{
    assert_ptr_equal(log_reads_of(pending), read);
    sent[sent_count++] = pending;
}

static int set_up(UNUSED void **state)
{
    sent_count = 0;
    buf_init(&told, 1000);
    reads = log_reads_new(send, NULL);
    assert_non_null(reads);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    log_reads_free(reads);
    buf_deinit(&told);
    return 0;
}

struct reader {
    struct log_wait wait;
    const char *name;
    struct reader *leaves, *asks;
};

static int ask(struct reader *reader, const char *channel, uint64_t after, uint64_t upto,
               uint32_t count, bool is_newest);

static void on_page(void *context, struct page *page)
{
    struct reader *reader = context;

    buf_addf(&told, "%s:%s ", reader->name, describe_page(page));
    if (reader->leaves != NULL)
        log_reads_leave(&reader->leaves->wait);
    if (reader->asks != NULL)
        ask(reader->asks, "a", 0, 9, 10, false);
}

static int ask(struct reader *reader, const char *channel, uint64_t after, uint64_t upto,
               uint32_t count, bool is_newest)
{
    const struct log_read read = {channel, id_of_ms(after), id_of_ms(upto), count, is_newest};

    reader->wait.on_page = on_page;
    reader->wait.context = reader;
    return log_reads_ask(reads, &reader->wait, &read);
}

static void answer(size_t i, const char *events)
{
    struct page *page = events != NULL ? page_of("a", events) : NULL;

    log_reads_answer(sent[i], page);
    page_unref(page);
}

static void shares(UNUSED void **state)
{
    struct reader a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};

    ask(&a, "a", 3, 9, 10, false);
    ask(&b, "a", 3, 9, 10, false);
    ask(&c, "a", 5, 9, 10, false); /* begins within */
    assert_int_equal(sent_count, 1);
    assert_int_equal(log_reads_of(sent[0])->after.ms, 3);
    assert_int_equal(log_reads_of(sent[0])->count, 10);
    answer(0, "5<3 7<5");
    assert_buf(&told, "a:5 7 b:5 7 c:5 7 ");
    ask(&a, "a", 3, 9, 10, false); /* that one is answered */
    assert_int_equal(sent_count, 2);
    answer(1, NULL);
    assert_buf(&told, "a:5 7 b:5 7 c:5 7 a:none ");
}

static void does_not_share(UNUSED void **state)
{
    struct reader all[8] = {{.name = "x"}};

    ask(&all[0], "a", 3, 9, 10, false);
    ask(&all[1], "a", 2, 9, 10, false);
    ask(&all[2], "a", 3, 8, 10, false);
    ask(&all[3], "b", 3, 9, 10, false);
    ask(&all[4], "a", 3, 9, 10, true);
    ask(&all[5], "a", 3, 9, 11, true);
    assert_int_equal(sent_count, 6);
    ask(&all[6], "a", 3, 9, 10, true); /* 11 are more than that */
    ask(&all[7], "a", 8, 9, 11, true);
    assert_int_equal(sent_count, 6);
    for (size_t i = 0; i < 8; i++)
        log_reads_leave(&all[i].wait);
}

static void leaves(UNUSED void **state)
{
    struct reader a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};

    log_reads_leave(&a.wait); /* never asked */
    ask(&a, "a", 3, 9, 10, false);
    ask(&b, "a", 3, 9, 10, false);
    ask(&c, "a", 3, 9, 10, false);
    log_reads_leave(&a.wait);
    log_reads_leave(&a.wait);
    b.leaves = &c;
    answer(0, "5<3");
    assert_buf(&told, "b:5 ");
    ask(&a, "a", 3, 9, 10, false);
    log_reads_leave(&a.wait);
    ask(&b, "a", 3, 9, 10, false); /* nobody waits for it, but it comes */
    assert_int_equal(sent_count, 2);
    answer(1, "5<3");
    assert_buf(&told, "b:5 b:5 ");
}

static void asks_again_within(UNUSED void **state)
{
    struct reader a = {.name = "a"}, b = {.name = "b"};

    a.asks = &b;
    ask(&a, "a", 0, 9, 10, false);
    answer(0, "5<3");
    assert_int_equal(sent_count, 2);
    assert_buf(&told, "a:5 ");
    answer(1, "6<5");
    assert_buf(&told, "a:5 b:6 ");
}

static void clears(UNUSED void **state)
{
    struct reader a = {.name = "a"};

    ask(&a, "a", 0, 9, 10, false);
    log_reads_leave(&a.wait);
    log_reads_clear(reads);
    log_reads_clear(reads);
    ask(&a, "a", 0, 9, 10, false);
    assert_int_equal(sent_count, 2);
    log_reads_leave(&a.wait);
}

static void without_memory(UNUSED void **state)
{
    struct reader a = {.name = "a"};

    alloc_fail_at(1);
    assert_int_equal(ask(&a, "a", 0, 9, 10, false), -1);
    assert_true(alloc_fail_never());
    assert_null(a.wait.pending);
    assert_int_equal(sent_count, 0);
    alloc_fail_at(1);
    assert_null(log_reads_new(send, NULL));
    assert_true(alloc_fail_never());
    log_reads_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("who wants the same, or less, shares a read", shares),
        CASE("who wants more does not", does_not_share),
        CASE("who leaves gets nothing, not even within an answer", leaves),
        CASE("who asks within an answer asks anew", asks_again_within),
        CASE("what is on its way can be forgotten", clears),
        CASE("without memory nobody waits", without_memory),
    };

    return RUN_TESTS("log_reads", tests);
}
