/* gateway: peers that say nothing, half of it, or nonsense; stopping; lack of memory. */
#include "alloc.h"
#include "gateway_fixture.h"

static void silent_peers_hold_nobody_up(UNUSED void **state)
{
    int fds[40];

    ask(1, "/x");
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = dial();
        send_bytes(fds[i], f.request.data, i % 20 * 4);
    }
    for (size_t i = 0; i < 10; i++) {
        int fd = send_request("/x");
        await_arrivals(i + 1);
        close(fd);
    }
    for (size_t i = 0; i < COUNT(fds); i++) {
        assert_false(is_hung_up(&fds[i]));
        close(fds[i]);
    }
}

static bool all_hung_up(void *context)
{
    int *fds = context;

    for (int i = 0; i < 4; i++)
        if (fds[i] >= 0 && is_hung_up(&fds[i])) {
            close(fds[i]);
            fds[i] = -1;
        }
    return fds[0] < 0 && fds[1] < 0 && fds[2] < 0 && fds[3] < 0;
}

/* The deadline is five seconds for all of a request, also for one that comes drop by drop. */
static void silent_peers_are_dropped(UNUSED void **state)
{
    int fds[4] = {dial(), dial(), dial(), dial()};

    ask(1, "/x");
    send_bytes(fds[1], f.request.data, 4);
    send_bytes(fds[2], f.request.data, 20);
    send_bytes(fds[3], f.request.data, f.request.len - 8);
    loop_wait(&f.loop, all_hung_up, fds);
    assert_int_equal(f.count, 0);
}

static void peers_that_leave_half_way(UNUSED void **state)
{
    ask(1, "/x");
    for (size_t len = 0; len < f.request.len; len++) {
        int fd = dial();
        send_bytes(fd, f.request.data, len);
        close(fd);
    }
    int fd = send_request("/good");
    await_arrivals(1);
    assert_string_equal(uri_of(0), "/good");
    close(fd);
}

static void garbage(UNUSED void **state)
{
    uint64_t seed = 17;

    for (size_t i = 0; i < 300; i++) {
        unsigned char bytes[64];
        int fd = dial();
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (unsigned char)next_random(&seed);
        if (i % 2) { /* a header that looks right */
            bytes[0] = 1;
            bytes[1] = (unsigned char)(i / 2 % 12);
            bytes[2] = bytes[4] = 0;
        }
        send_bytes(fd, bytes, sizeof bytes);
        close(fd);
    }
    int fd = send_request("/good");
    size_t count = 0;
    do
        await_arrivals(++count);
    while (strcmp(uri_of(count - 1), "/good") != 0);
    close(fd);
}

/* One byte of a good request is another: it arrives, or is dropped; the next one arrives. */
static void damaged_requests(UNUSED void **state)
{
    uint64_t seed = 19;

    for (size_t round = 0; round < 150; round++) {
        int fd = dial();
        ask(1, "/damaged");
        f.request.data[round % f.request.len] = (char)next_random(&seed);
        send_bytes(fd, f.request.data, f.request.len);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    int fd = send_request("/good");
    size_t count = 0;
    do {
        size_t more = ++count;
        loop_wait(&f.loop, has_arrived, &more);
    } while (strcmp(uri_of(count - 1), "/good") != 0);
    close(fd);
}

static void free_while_half_way(UNUSED void **state)
{
    int fds[8];

    ask(1, "/x");
    for (size_t i = 0; i < COUNT(fds); i++) {
        fds[i] = dial();
        send_bytes(fds[i], f.request.data, i * 5);
        loop_wait(&f.loop, is_read, &fds[i]);
    }
    uint64_t before = uv_hrtime();
    gateway_free(f.gateway);
    assert_true(uv_hrtime() - before < 3000000000u); /* far less than the readers' deadline */
    f.gateway = NULL;
    close(f.listen_fd); /* what was not accepted ends with it */
    f.listen_fd = -1;
    for (size_t i = 0; i < COUNT(fds); i++) {
        loop_wait(&f.loop, is_hung_up, &fds[i]);
        close(fds[i]);
    }
    assert_int_equal(f.count, 0);
}

static void free_at_once(UNUSED void **state)
{
    for (int i = 0; i < 50; i++) {
        gateway_free(f.gateway);
        f.gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
        assert_non_null(f.gateway);
    }
    gateway_free(NULL);
}

/* Requests that were read and have not arrived when the gateway goes are closed. */
static void free_before_arrival(UNUSED void **state)
{
    int fd = send_request("/x");

    while (!is_read(&fd))
        usleep(1000);
    gateway_free(f.gateway);
    f.gateway = NULL;
    loop_wait(&f.loop, is_hung_up, &fd);
    assert_int_equal(f.count, 0);
    close(fd);
}

static bool is_quiet(UNUSED void *context)
{
    return gateway_is_quiet(f.gateway);
}

static void stopped_accepts_no_more(UNUSED void **state)
{
    int half = dial();

    ask(1, "/half");
    send_bytes(half, f.request.data, 30);
    loop_wait(&f.loop, is_read, &half);
    gateway_stop(f.gateway);
    gateway_stop(f.gateway);
    assert_false(gateway_is_quiet(f.gateway));
    int waiting = dial(); /* into the backlog */
    send_bytes(waiting, f.request.data, f.request.len);
    send_bytes(half, f.request.data + 30, f.request.len - 30);
    await_arrivals(2); /* what was accepted still arrives, and what waits */
    loop_wait(&f.loop, is_quiet, NULL);
    int late = dial();
    send_bytes(late, f.request.data, f.request.len);
    for (int i = 0; i < 50; i++)
        loop_turn(&f.loop);
    assert_int_equal(f.count, 2);
    assert_false(is_read(&late));
    close(half);
    close(waiting);
    close(late);
}

static void no_gateway_without_memory(UNUSED void **state)
{
    unsigned long n = 1;

    for (bool failed = true; failed; n++) {
        alloc_fail_at(n);
        struct gateway *gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
        failed = alloc_fail_never();
        assert_true((gateway == NULL) == failed);
        gateway_free(gateway);
    }
    assert_true(n > 2);
}

static void request_without_memory(UNUSED void **state)
{
    for (unsigned long n = 1; n <= 2; n++) {
        int fd = dial();
        ask(1, "/x");
        alloc_fail_at(n);
        send_bytes(fd, f.request.data, f.request.len);
        loop_wait(&f.loop, is_hung_up, &fd);
        assert_true(alloc_fail_never());
        assert_int_equal(f.count, 0);
        close(fd);
    }
    int fd = send_request("/good");
    await_arrivals(1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(gateway_set_up, gateway_tear_down, sentence, function)
        CASE("silent peers hold nobody up", silent_peers_hold_nobody_up),
        CASE("silent peers are dropped after a few seconds", silent_peers_are_dropped),
        CASE("peers that leave half-way are forgotten", peers_that_leave_half_way),
        CASE("garbage is dropped", garbage),
        CASE("damaged requests do no harm", damaged_requests),
        CASE("freeing drops what is half-way, without delay", free_while_half_way),
        CASE("a gateway may be freed at once", free_at_once),
        CASE("what has not arrived when it is freed is closed", free_before_arrival),
        CASE("a stopped gateway finishes what it has and what waits, then accepts no more",
             stopped_accepts_no_more),
        CASE("without memory there is no gateway", no_gateway_without_memory),
        CASE("a request without memory is dropped", request_without_memory),
    };

    log_init("test", LOG_ERROR);
    loop_warm_up();
    return RUN_TESTS("gateway_bad", tests);
}
