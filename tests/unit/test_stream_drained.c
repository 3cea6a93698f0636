/* stream: being told that everything is written, which is what pages a replay. */
#include "core/log.h"
#include "loop.h"
#include "peer.h"
#include "stream.h"
#include "test.h"

#define PEERS 3

struct fixture {
    struct test_loop loop;
    struct config config;
    struct streams *streams;
    struct peer peers[PEERS];
    struct stream *stream[PEERS];
    int told[PEERS];
    int closed;
    bool is_within; /* a call during which nobody may be told */
    void (*then)(struct stream *stream, int i);
};

static struct fixture f;

static void on_closed(UNUSED void *context, UNUSED struct stream *stream, UNUSED void *member)
{
    f.closed++;
}

static void on_drained(void *context, struct stream *stream, void *member)
{
    int i = (int)((struct peer *)member - f.peers);

    assert_ptr_equal(context, &f);
    assert_ptr_equal(stream, f.stream[i]);
    assert_false(f.is_within);
    f.told[i]++;
    if (f.then != NULL)
        f.then(stream, i);
}

static int set_up(UNUSED void **state)
{
    f = (struct fixture){.config = {.heartbeat_ms = 60000}};
    loop_open(&f.loop);
    f.streams = streams_new(&f.loop.loop, &f.config, on_closed, on_drained, &f);
    assert_non_null(f.streams);
    for (int i = 0; i < PEERS; i++) {
        f.stream[i] = stream_new(f.streams, peer_open(&f.peers[i], SOCK_STREAM, 1), 1);
        assert_non_null(f.stream[i]);
        stream_set_member(f.stream[i], &f.peers[i]);
    }
    loop_turn(&f.loop);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    streams_close_all(f.streams, "the test is over");
    streams_free(f.streams);
    loop_close(&f.loop);
    for (int i = 0; i < PEERS; i++)
        peer_close(&f.peers[i]);
    return 0;
}

static void ask(int i)
{
    f.is_within = true;
    stream_tell_when_drained(f.stream[i]);
    f.is_within = false;
}

static void send_text(int i, const char *text)
{
    f.is_within = true;
    stream_send_bytes(f.stream[i], text, strlen(text));
    f.is_within = false;
}

static void assert_told(int first, int second, int third)
{
    assert_int_equal(f.told[0], first);
    assert_int_equal(f.told[1], second);
    assert_int_equal(f.told[2], third);
}

static void nothing_waits(UNUSED void **state)
{
    loop_turn(&f.loop);
    assert_int_not_equal(uv_backend_timeout(&f.loop.loop), 0);
    ask(1);
    ask(1);
    assert_told(0, 0, 0);
    assert_int_equal(uv_backend_timeout(&f.loop.loop), 0); /* it will not sleep */
    loop_turn(&f.loop);
    assert_told(0, 1, 0);
    assert_int_not_equal(uv_backend_timeout(&f.loop.loop), 0); /* it will */
    loop_turn(&f.loop);
    assert_told(0, 1, 0);
}

static void not_before_it_is_written(UNUSED void **state)
{
    ask(0);
    send_text(0, "after asking");
    send_text(1, "before asking");
    ask(1);
    loop_turn(&f.loop); /* at its end they are written */
    assert_told(0, 0, 0);
    peer_read(&f.peers[0]);
    peer_read(&f.peers[1]);
    assert_buf(&f.peers[0].answer.output, "after asking");
    assert_buf(&f.peers[1].answer.output, "before asking");
    assert_int_equal(uv_backend_timeout(&f.loop.loop), 0);
    loop_turn(&f.loop);
    assert_told(1, 1, 0);
    send_text(0, "more");
    send_text(2, "more");
    for (int i = 0; i < 3; i++)
        loop_turn(&f.loop);
    assert_told(1, 1, 0); /* nobody asked */
}

/* Sends until bytes wait for a full socket. */
static void fill(int i)
{
    char *block = calloc(1, 65535);

    while (stream_backlog(f.stream[i]) == 0) {
        for (int n = 0; n < 3; n++)
            stream_send_bytes(f.stream[i], block, 65535);
        loop_turn(&f.loop);
    }
    free(block);
}

static bool is_first_told(UNUSED void *context)
{
    peer_read(&f.peers[0]);
    return f.told[0] > 0;
}

static void full_socket(UNUSED void **state)
{
    fill(0);
    ask(0);
    ask(1);
    for (int i = 0; i < 10; i++)
        loop_turn(&f.loop);
    assert_told(0, 1, 0);
    loop_wait(&f.loop, is_first_told, NULL);
    assert_told(1, 1, 0);
    assert_int_equal(stream_backlog(f.stream[0]), 0);
}

static void send_a_page(struct stream *stream, int i)
{
    if (f.told[i] > 3)
        return;
    stream_send_bytes(stream, "page ", 5);
    stream_tell_when_drained(stream);
}

static void pages(UNUSED void **state)
{
    f.then = send_a_page;
    ask(0);
    loop_turn(&f.loop);
    peer_read(&f.peers[0]);
    assert_buf(&f.peers[0].answer.output, "page "); /* written in that very turn */
    for (int i = 0; i < 10; i++)
        loop_turn(&f.loop);
    peer_read(&f.peers[0]);
    assert_buf(&f.peers[0].answer.output, "page page page ");
    assert_told(4, 0, 0);
}

static void ask_again(struct stream *stream, UNUSED int i)
{
    stream_tell_when_drained(stream);
}

static void asks_for_ever(UNUSED void **state)
{
    f.then = ask_again;
    ask(0);
    ask(1);
    for (int i = 1; i <= 5; i++) {
        loop_turn(&f.loop);
        assert_told(i, i, 0);
    }
}

static void end_itself_abandon_others(struct stream *stream, UNUSED int i)
{
    stream_end(stream, "test");
    for (int other = 0; other < PEERS; other++)
        if (f.stream[other] != stream)
            stream_abandon(f.stream[other], "test");
}

static void may_end_and_abandon(UNUSED void **state)
{
    f.then = end_itself_abandon_others;
    for (int i = 0; i < PEERS; i++)
        ask(i);
    loop_turn(&f.loop);
    assert_int_equal(f.told[0] + f.told[1] + f.told[2], 1); /* the others had no longer to be */
    assert_int_equal(f.closed, PEERS);
    peer_read(&f.peers[0]);
    assert_true(f.peers[0].answer.ended);
}

static void send_to_the_second(UNUSED struct stream *stream, int i)
{
    if (i == 0)
        stream_send_bytes(f.stream[1], "from the first", 14);
}

static void sent_to_by_another(UNUSED void **state)
{
    f.then = send_to_the_second;
    ask(0);
    ask(1);
    loop_turn(&f.loop);
    assert_told(1, 0, 0);
    peer_read(&f.peers[1]);
    assert_buf(&f.peers[1].answer.output, "from the first");
    loop_turn(&f.loop);
    assert_told(1, 1, 0);
}

static void not_open(UNUSED void **state)
{
    ask(0);
    stream_end(f.stream[0], "test");
    ask(1);
    stream_abandon(f.stream[1], "test");
    stream_abandon(f.stream[2], "test");
    ask(2);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, PEERS);
    loop_turn(&f.loop);
    assert_told(0, 0, 0);
}

/* A stream that waits for its turn closes because the peer is gone. */
static void closed_while_it_waits(UNUSED void **state)
{
    fill(0);
    ask(0);
    close(f.peers[0].fd);
    f.peers[0].fd = -1;
    ask(1);
    send_text(2, "x");
    ask(2);
    streams_close_all(f.streams, "test");
    for (int i = 0; i < 3; i++)
        loop_turn(&f.loop);
    assert_int_equal(f.closed, PEERS);
    assert_told(0, 0, 0);
    assert_int_not_equal(uv_backend_timeout(&f.loop.loop), 0); /* nothing keeps it awake */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("where nothing waits it is told once, in the next turn", nothing_waits),
        CASE("nobody is told before what was sent is written", not_before_it_is_written),
        CASE("a full socket must have drained", full_socket),
        CASE("page after page is sent, each in the turn of its telling", pages),
        CASE("who asks for ever is told once a turn", asks_for_ever),
        CASE("who is told may end the stream and abandon others", may_end_and_abandon),
        CASE("who is sent to while waiting is told later", sent_to_by_another),
        CASE("a stream that is not open is not told", not_open),
        CASE("a stream that closes while it waits is not told", closed_while_it_waits),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("stream_drained", tests);
}
