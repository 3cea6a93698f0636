/* patience and stop: what ends a wait. */
#include "patience.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "stop.h"
#include "test.h"

static int data[2], stop_pipe[2];

static int set_up(UNUSED void **state)
{
    return pipe(data) == 0 && pipe(stop_pipe) == 0 ? 0 : -1;
}

static int tear_down(UNUSED void **state)
{
    for (int i = 0; i < 2; i++) {
        close(data[i]);
        close(stop_pipe[i]);
    }
    return 0;
}

static struct patience until(uint32_t ms)
{
    return (struct patience){patience_now_ms() + ms, 3600000, stop_pipe[0]};
}

static void assert_ends(const struct patience *patience, int error)
{
    errno = 0;
    assert_int_equal(patience_wait(patience, data[0], POLLIN), -1);
    assert_int_equal(errno, error);
}

static void what_is_there(UNUSED void **state)
{
    struct patience patience = until(3600000);

    assert_int_equal(write(data[1], "x", 1), 1);
    assert_int_equal(patience_wait(&patience, data[0], POLLIN), 0);
    patience = until(0); /* late, but there */
    assert_int_equal(patience_wait(&patience, data[0], POLLIN), 0);
    assert_int_equal(write(stop_pipe[1], "x", 1), 1); /* told to stop, but there */
    assert_int_equal(patience_wait(&patience, data[0], POLLIN), 0);
}

static void late(UNUSED void **state)
{
    uint64_t before = patience_now_ms();
    struct patience patience = until(60);

    assert_ends(&patience, ETIMEDOUT);
    assert_true(patience_now_ms() - before >= 60);
    before = patience_now_ms();
    patience = (struct patience){PATIENCE_FOREVER, 60, -1};
    assert_ends(&patience, ETIMEDOUT);
    assert_true(patience_now_ms() - before >= 60);
    assert_string_equal(patience_explain(ETIMEDOUT), "no answer in time");
}

static void stopped(UNUSED void **state)
{
    struct patience patience = until(3600000);

    assert_int_equal(write(stop_pipe[1], "x", 1), 1);
    assert_ends(&patience, ECANCELED);
    assert_int_equal(patience_pause(&patience, 3600000), -1);
    assert_int_equal(errno, ECANCELED);
    assert_has(patience_explain(ECANCELED), "signal");
}

static void pauses(UNUSED void **state)
{
    uint64_t before = patience_now_ms();
    struct patience patience = until(3600000);

    assert_int_equal(patience_pause(&patience, 50), 0);
    assert_true(patience_now_ms() - before >= 50);
    patience = until(50);
    assert_int_equal(patience_pause(&patience, 3600000), 0);
    assert_true(patience_now_ms() - before >= 100);
}

static bool is_told(const struct stop *stop)
{
    struct pollfd fd = {.fd = stop->fd, .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static volatile sig_atomic_t caught;

static void on_signal(UNUSED int number)
{
    caught++;
}

/* Held back, a signal makes the descriptor readable; released, it does what it did before. */
static void signals(UNUSED void **state)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM};
    struct stop stop;

    for (size_t i = 0; i < COUNT(SIGNALS); i++) {
        void (*before)(int) = signal(SIGNALS[i], on_signal);
        caught = 0;
        assert_int_equal(stop_init(&stop), 0);
        stop_hold(&stop);
        assert_false(is_told(&stop));
        kill(getpid(), SIGNALS[i]);
        assert_true(is_told(&stop));
        assert_true(is_told(&stop)); /* and stays so */
        assert_int_equal(caught, 0);
        stop_release(&stop);
        assert_int_equal(caught, 1);
        assert_false(is_told(&stop));
        kill(getpid(), SIGNALS[i]);
        assert_int_equal(caught, 2);
        stop_deinit(&stop);
        stop_deinit(&stop);
        signal(SIGNALS[i], before);
    }
}

/* nohup and the shell's background jobs: what is ignored does not end the waiting either. */
static void ignored_signals(UNUSED void **state)
{
    struct stop stop;
    void (*before)(int) = signal(SIGINT, SIG_IGN);

    assert_int_equal(stop_init(&stop), 0);
    stop_hold(&stop);
    kill(getpid(), SIGINT);
    assert_false(is_told(&stop));
    stop_release(&stop);
    stop_deinit(&stop);
    signal(SIGINT, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what is there is taken, however late", what_is_there),
        CASE("the deadline and the silence end a wait", late),
        CASE("the stop descriptor ends a wait", stopped),
        CASE("a pause takes its time, up to the deadline", pauses),
        CASE("signals wait while they are held", signals),
        CASE("ignored signals stay ignored", ignored_signals),
    };

    return RUN_TESTS("patience", tests);
}
