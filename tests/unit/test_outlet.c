/* outlet: a socket that fills and drains, the end of its input, what is let go at the end. */
#include "outlet.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "test.h"

static struct test_loop loop;
static struct outlet outlet;
static int peer;
static int events_seen;
static bool is_closed;

static void on_event(uv_poll_t *poll, UNUSED int status, int events)
{
    assert_ptr_equal(poll->data, &peer);
    events_seen |= events;
    uv_poll_stop(poll); /* once is enough: what is left in the socket would be told for ever */
}

static void on_closed(uv_handle_t *handle)
{
    assert_ptr_equal(handle, &outlet.poll);
    is_closed = true;
}

static int set_up(UNUSED void **state)
{
    int pair[2];

    loop_open(&loop);
    events_seen = 0;
    is_closed = false;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer = pair[1];
    assert_int_equal(outlet_open(&outlet, &loop.loop, pair[0], false, on_event, &peer), 0);
    return 0;
}

/* One way, over a pipe: `peer` is the end that reads. */
static int set_up_pipe(UNUSED void **state)
{
    int pipe_ends[2];

    signal(SIGPIPE, SIG_IGN);
    loop_open(&loop);
    events_seen = 0;
    is_closed = false;
    assert_int_equal(pipe(pipe_ends), 0);
    peer = pipe_ends[0];
    assert_int_equal(outlet_open(&outlet, &loop.loop, pipe_ends[1], true, on_event, &peer), 0);
    return 0;
}

/* As CGI often has it: a socket whose input is at its end from the start. */
static int set_up_one_way(UNUSED void **state)
{
    int pair[2];

    loop_open(&loop);
    events_seen = 0;
    is_closed = false;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer = pair[1];
    shutdown(peer, SHUT_WR);
    assert_int_equal(outlet_open(&outlet, &loop.loop, pair[0], true, on_event, &peer), 0);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    int fd = outlet.fd, same = dup(fd);

    assert_true(fcntl(same, F_GETFL) & O_NONBLOCK);
    outlet_close(&outlet, on_closed);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    if (outlet.is_one_way) /* others may have it still, a terminal for example */
        assert_false(fcntl(same, F_GETFL) & O_NONBLOCK);
    close(same);
    assert_int_equal(outlet.queue.count, 0);
    close(peer);
    loop_close(&loop);
    assert_true(is_closed);
    return 0;
}

static void add(size_t len)
{
    char *content = calloc(1, len);

    assert_int_equal(queue_take(&outlet.queue, record_new_output(content, len)), 0);
    free(content);
}

/* Reads what the peer has got; returns how much. */
static size_t drain_peer(void)
{
    char bytes[65536];
    size_t total = 0;
    ssize_t n;

    fcntl(peer, F_SETFL, O_NONBLOCK);
    while ((n = read(peer, bytes, sizeof bytes)) > 0)
        total += (size_t)n;
    return total;
}

static void nothing_to_write(UNUSED void **state)
{
    assert_int_equal(outlet_write(&outlet), 0);
    assert_false(outlet.wants_write);
}

static void full_socket(UNUSED void **state)
{
    size_t sent = 0, got = 0, all;

    for (int i = 0; i < 100; i++)
        add(60000);
    all = outlet.queue.bytes;
    while (outlet.queue.count > 0) {
        ssize_t n = outlet_write(&outlet);
        assert_true(n > 0); /* the peer has just made room */
        sent += (size_t)n;
        assert_int_equal(outlet.queue.bytes, all - sent);
        assert_int_equal(outlet.wants_write, outlet.queue.count > 0);
        got += drain_peer();
    }
    assert_int_equal(sent, all);
    assert_int_equal(got, all);
}

static void told_when_there_is_room(UNUSED void **state)
{
    for (int i = 0; i < 100; i++)
        add(60000);
    assert_true(outlet_write(&outlet) > 0);
    loop_turn(&loop);
    assert_int_equal(events_seen & UV_WRITABLE, 0);
    drain_peer();
    loop_turn(&loop);
    assert_int_equal(events_seen & UV_WRITABLE, UV_WRITABLE);
}

static void peer_gone(UNUSED void **state)
{
    add(10);
    shutdown(peer, SHUT_RDWR);
    close(peer);
    assert_int_equal(outlet_write(&outlet), -1);
    peer = -1;
}

static void input(UNUSED void **state)
{
    static const char flood[65536];

    assert_int_equal(outlet_drop_input(&outlet), INPUT_OPEN);
    assert_int_equal(send(peer, "x", 1, 0), 1);
    assert_int_equal(outlet_drop_input(&outlet), INPUT_OPEN);
    assert_int_equal(send(peer, flood, sizeof flood, 0), sizeof flood);
    shutdown(peer, SHUT_WR);
    /* Not all at once: others wait. But in the end the end is seen. */
    assert_int_equal(outlet_drop_input(&outlet), INPUT_OPEN);
    int events = 1;
    while (outlet_drop_input(&outlet) == INPUT_OPEN)
        events++;
    assert_true(events <= 3);
    assert_int_equal(outlet_drop_input(&outlet), INPUT_ENDED);
}

static void look(UNUSED void **state)
{
    assert_int_equal(outlet_look(&outlet, 0, UV_WRITABLE), INPUT_OPEN);
    assert_int_equal(outlet_look(&outlet, 0, UV_READABLE), INPUT_OPEN);
    assert_int_equal(outlet_look(&outlet, UV_EBADF, 0), INPUT_BROKEN);
    shutdown(peer, SHUT_WR);
    assert_int_equal(outlet_look(&outlet, 0, UV_WRITABLE), INPUT_OPEN);
    assert_int_equal(outlet_look(&outlet, 0, UV_READABLE), INPUT_ENDED);
}

static bool is_told(UNUSED void *context)
{
    return !uv_is_active((uv_handle_t *)&outlet.poll);
}

/* Were it told of the end of input, the loop would spin for as long as the stream lives. */
static void end_of_input_means_nothing(UNUSED void **state)
{
    for (int i = 0; i < 10; i++)
        loop_turn(&loop);
    assert_false(is_told(NULL));
    assert_int_equal(outlet_look(&outlet, 0, UV_READABLE), INPUT_OPEN);
}

/* It would be told for ever as well. */
static void urgent_data_is_dropped(UNUSED void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd look;

    outlet_close(&outlet, on_closed);
    close(peer);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &len), 0);
    peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, len), 0);
    loop_turn(&loop);
    assert_true(is_closed);
    is_closed = false;
    int fd = accept(listening, NULL, NULL);
    assert_int_equal(outlet_open(&outlet, &loop.loop, fd, true, on_event, &peer), 0);
    assert_int_equal(send(peer, "x", 1, MSG_OOB), 1);
    loop_wait(&loop, is_told, NULL);
    assert_int_equal(outlet_look(&outlet, 0, events_seen), INPUT_OPEN);
    look = (struct pollfd){.fd = fd, .events = POLLPRI};
    assert_int_equal(poll(&look, 1, 0), 0);
    close(listening);
}

static void hangup_is_told(UNUSED void **state)
{
    close(peer);
    peer = -1;
    loop_wait(&loop, is_told, NULL);
    assert_int_equal(outlet_look(&outlet, 0, events_seen), INPUT_BROKEN);
    add(10);
    assert_int_equal(outlet_write(&outlet), -1);
}

static void hangup_of_a_full_one_is_told(UNUSED void **state)
{
    for (int i = 0; i < 100; i++)
        add(60000);
    assert_true(outlet_write(&outlet) > 0);
    assert_true(outlet.wants_write);
    close(peer);
    peer = -1;
    loop_wait(&loop, is_told, NULL);
    assert_int_equal(outlet_look(&outlet, 0, events_seen), INPUT_BROKEN);
}

static void bad_descriptor(UNUSED void **state)
{
    struct outlet other;
    int file = open("/proc/self/stat", O_RDONLY); /* cannot be watched */

    assert_true(outlet_open(&other, &loop.loop, file, false, on_event, NULL) < 0);
    assert_int_equal(fcntl(file, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("with nothing to write nothing is written", nothing_to_write),
        CASE("a full socket takes the rest later, in order and whole", full_socket),
        CASE("room in a full socket is told", told_when_there_is_room),
        CASE("a peer that is gone is noticed when writing", peer_gone),
        CASE("input is dropped, a little at a time, and its end is seen", input),
        CASE("an end of input, and a loop that gave up, are told apart from the rest", look),
#undef CASE
#define CASE(sentence, function)                                                                   \
    TEST_WITH(set_up_pipe, tear_down, "a pipe: " sentence, function),                              \
        TEST_WITH(set_up_one_way, tear_down, "one way: " sentence, function)
        CASE("nothing is written when there is nothing to write", nothing_to_write),
        CASE("when it is full the rest goes later, in order and whole", full_socket),
        CASE("room in a full one is told", told_when_there_is_room),
        CASE("an end of input means nothing, and is not told", end_of_input_means_nothing),
        CASE("a hangup is told", hangup_is_told),
        CASE("a hangup of a full one is told", hangup_of_a_full_one_is_told),
#undef CASE
        TEST_WITH(set_up_one_way, tear_down, "one way: urgent data is dropped",
                  urgent_data_is_dropped),
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what cannot be watched is closed", bad_descriptor),
    };

    return RUN_TESTS("outlet", tests);
}
