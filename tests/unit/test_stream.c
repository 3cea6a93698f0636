/* stream: writing, heartbeats and ends, on a real loop with real sockets. */
#include "stream.h"

#include <fcntl.h>

#include "core/log.h"
#include "loop.h"
#include "peer.h"
#include "test.h"

struct fixture {
    struct test_loop loop;
    struct config config;
    struct streams *streams;
    struct peer peer;
    struct stream *stream;
    int closed;          /* streams that closed */
    void *closed_member; /* of the last one */
};

static struct fixture f;

static void on_closed(UNUSED void *context, UNUSED struct stream *stream, void *member)
{
    f.closed++;
    f.closed_member = member;
}

static int set_up(UNUSED void **state)
{
    f = (struct fixture){.config = {.heartbeat_ms = 60000}};
    loop_open(&f.loop);
    f.streams = streams_new(&f.loop.loop, &f.config, on_closed, NULL, NULL);
    assert_non_null(f.streams);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    streams_close_all(f.streams, "the test is over");
    streams_free(f.streams);
    loop_close(&f.loop);
    peer_close(&f.peer);
    return 0;
}

static void open_stream(int type, uint16_t id)
{
    int fd = peer_open(&f.peer, type, id);

    f.stream = stream_new(f.streams, fd, id);
    assert_non_null(f.stream);
    assert_int_equal(streams_count(f.streams), 1);
}

static bool is_closed(UNUSED void *context)
{
    return f.closed > 0;
}

static bool has_come(void *context)
{
    peer_read(&f.peer);
    return f.peer.answer.output.len >= *(size_t *)context;
}

static void one_write_a_turn(UNUSED void **state)
{
    struct record *record = record_new_output("shared ", 7);

    open_stream(SOCK_SEQPACKET, 1); /* a packet is a write */
    stream_send_bytes(f.stream, "first ", 6);
    stream_send(f.stream, record);
    stream_send(f.stream, record);
    stream_send_bytes(f.stream, "last", 4);
    peer_read(&f.peer);
    assert_int_equal(f.peer.packets, 0);
    loop_turn(&f.loop);
    peer_read(&f.peer);
    assert_int_equal(f.peer.packets, 1);
    assert_int_equal(f.peer.answer.records, 4);
    assert_buf(&f.peer.answer.output, "first shared shared last");
    assert_int_equal(record->refs, 1);
    loop_turn(&f.loop);
    peer_read(&f.peer);
    assert_int_equal(f.peer.packets, 1);
    record_unref(record);
}

static void other_request_id(UNUSED void **state)
{
    struct record *record = record_new_output("text", 4);

    open_stream(SOCK_STREAM, 513);
    stream_send(f.stream, record);
    stream_end(f.stream, "test");
    loop_turn(&f.loop);
    peer_read(&f.peer); /* fails for records of another request */
    assert_buf(&f.peer.answer.output, "text");
    assert_true(f.peer.answer.ended);
    record_unref(record);
}

static void numbers_count_from_1(UNUSED void **state)
{
    struct peer other;

    open_stream(SOCK_STREAM, 1);
    struct stream *second = stream_new(f.streams, peer_open(&other, SOCK_STREAM, 1), 1);
    assert_int_equal(stream_number(f.stream), 1);
    assert_int_equal(stream_number(second), 2);
    assert_int_equal(streams_count(f.streams), 2);
    streams_close_all(f.streams, "test");
    assert_int_equal(f.closed, 2);
    assert_int_equal(streams_count(f.streams), 0);
    peer_read(&other);
    assert_true(other.is_at_end);
    peer_close(&other);
}

static void end_says_so(UNUSED void **state)
{
    int member;

    open_stream(SOCK_STREAM, 1);
    stream_set_member(f.stream, &member);
    stream_send_bytes(f.stream, "bye", 3);
    stream_end(f.stream, "test");
    stream_end(f.stream, "again");
    stream_send_bytes(f.stream, "late", 4);
    assert_int_equal(f.closed, 0);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
    assert_ptr_equal(f.closed_member, &member);
    assert_int_equal(streams_count(f.streams), 0);
    peer_read(&f.peer);
    assert_buf(&f.peer.answer.output, "bye");
    assert_true(f.peer.answer.stdout_ended && f.peer.answer.ended && f.peer.is_at_end);
    assert_int_equal(f.peer.answer.used, f.peer.raw.len);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
}

static void input_is_dropped(UNUSED void **state)
{
    char noise[20000];
    size_t all = 5;

    open_stream(SOCK_STREAM, 1);
    memset(noise, 'n', sizeof noise);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(write(f.peer.fd, noise, sizeof noise), sizeof noise);
        loop_turn(&f.loop);
    }
    assert_int_equal(f.closed, 0);
    stream_send_bytes(f.stream, "still", 5);
    loop_wait(&f.loop, has_come, &all);
    assert_buf(&f.peer.answer.output, "still");
}

/* Bytes that nobody has read when a socket is closed reset it, and what was sent may be lost. */
static void end_after_input(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    assert_int_equal(write(f.peer.fd, "noise", 5), 5);
    stream_end(f.stream, "test");
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
    peer_read(&f.peer);
    assert_true(f.peer.answer.ended && f.peer.is_at_end);
    peer_read(&f.peer);
    assert_false(f.peer.was_reset);
}

/* lighttpd shuts its side down and still reads. */
static void half_closed_peer_is_told(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    shutdown(f.peer.fd, SHUT_WR);
    loop_wait(&f.loop, is_closed, NULL);
    peer_read(&f.peer);
    assert_true(f.peer.answer.ended && f.peer.is_at_end);
    assert_int_equal(f.closed, 1);
}

static void closed_peer_closes(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    loop_turn(&f.loop);
    close(f.peer.fd);
    f.peer.fd = -1;
    loop_wait(&f.loop, is_closed, NULL);
    assert_int_equal(streams_count(f.streams), 0);
}

/* What is sent to a closed peer before we know gives neither a signal nor a second close. */
static void send_to_closed_peer(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    close(f.peer.fd);
    f.peer.fd = -1;
    stream_send_bytes(f.stream, "into the void", 13);
    loop_wait(&f.loop, is_closed, NULL);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
}

/* Fills the socket, so that bytes wait. Returns how many were sent in all. */
static size_t fill(size_t bytes)
{
    char block[1000];
    size_t sent = 0;

    setsockopt(f.peer.fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    for (int i = 0; sent < bytes; i++, sent += sizeof block) {
        memset(block, 'a' + i % 26, sizeof block);
        stream_send_bytes(f.stream, block, sizeof block);
        if (i % 10 == 0)
            loop_turn(&f.loop);
    }
    loop_turn(&f.loop);
    assert_true(stream_backlog(f.stream) > 0);
    return sent;
}

static void assert_filled(size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (f.peer.answer.output.data[i] != (char)('a' + i / 1000 % 26))
            fail_msg("byte %zu is wrong", i);
}

static void full_socket_drains(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    size_t all = fill(2000000);
    for (int i = 0; i < 20; i++)
        loop_turn(&f.loop);
    assert_int_equal(f.closed, 0);
    loop_wait(&f.loop, has_come, &all);
    assert_int_equal(f.peer.answer.output.len, all);
    assert_filled(all);
    assert_int_equal(stream_backlog(f.stream), 0);
    all += 4;
    stream_send_bytes(f.stream, "more", 4);
    loop_wait(&f.loop, has_come, &all);
}

static void end_waits_for_what_waits(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    size_t all = fill(2000000);
    stream_end(f.stream, "test");
    for (int i = 0; i < 20; i++)
        loop_turn(&f.loop);
    assert_int_equal(f.closed, 0);
    loop_wait(&f.loop, has_come, &all);
    loop_wait(&f.loop, is_closed, NULL);
    peer_read(&f.peer);
    assert_true(f.peer.answer.ended && f.peer.is_at_end);
    assert_int_equal(f.peer.answer.output.len, all);
    assert_filled(all);
}

static void backlog_leaves_the_first_out(UNUSED void **state)
{
    char *large = calloc(1, 500000);

    open_stream(SOCK_STREAM, 1);
    assert_int_equal(stream_backlog(f.stream), 0);
    stream_send_bytes(f.stream, large, 500000);
    assert_int_equal(stream_backlog(f.stream), 0);
    stream_send_bytes(f.stream, large, 100);
    assert_int_equal(stream_backlog(f.stream), 108);
    stream_send_bytes(f.stream, large, 92);
    assert_int_equal(stream_backlog(f.stream), 208);
    free(large);
}

static void abandon_closes_at_the_end_of_the_turn(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    stream_send_bytes(f.stream, "never", 5);
    stream_abandon(f.stream, "test");
    stream_abandon(f.stream, "again");
    stream_send_bytes(f.stream, "never", 5);
    stream_end(f.stream, "test");
    assert_int_equal(f.closed, 0);
    assert_int_equal(streams_count(f.streams), 1);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
    peer_read(&f.peer);
    assert_int_equal(f.peer.raw.len, 0);
    assert_true(f.peer.is_at_end);
}

static void abandon_while_ending(UNUSED void **state)
{
    open_stream(SOCK_STREAM, 1);
    fill(2000000);
    stream_end(f.stream, "test");
    stream_abandon(f.stream, "test");
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 1);
}

/* A regular file is always ready: there is nothing to wait for. */
static void file_is_not_watched(UNUSED void **state)
{
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    assert_true(file >= 0);
    assert_null(stream_new(f.streams, file, 1));
    assert_int_equal(fcntl(file, F_GETFD), -1); /* it was taken all the same */
    assert_int_equal(streams_count(f.streams), 0);
    peer_open(&f.peer, SOCK_STREAM, 1);
}

static void each_open_may_send_and_end(void *context, struct stream *stream)
{
    ++*(int *)context;
    stream_send_bytes(stream, "hi", 2);
    stream_end(stream, "test");
}

static void visits_the_open_ones(UNUSED void **state)
{
    struct peer peers[5];
    int visits = 0;

    for (size_t i = 0; i < COUNT(peers); i++)
        f.stream = stream_new(f.streams, peer_open(&peers[i], SOCK_STREAM, 1), 1);
    stream_end(f.stream, "test");
    streams_each_open(f.streams, each_open_may_send_and_end, &visits);
    assert_int_equal(visits, 4);
    streams_each_open(f.streams, each_open_may_send_and_end, &visits);
    assert_int_equal(visits, 4);
    loop_turn(&f.loop);
    assert_int_equal(f.closed, 5);
    for (size_t i = 0; i < COUNT(peers); i++) {
        peer_read(&peers[i]);
        assert_true(peers[i].answer.ended);
        assert_int_equal(peers[i].answer.output.len, i < 4 ? 2 : 0);
        peer_close(&peers[i]);
    }
    peer_open(&f.peer, SOCK_STREAM, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("what is sent in one turn is one write at its end", one_write_a_turn),
        CASE("records carry the id of the request", other_request_id),
        CASE("streams are counted from 1, and closed all at once", numbers_count_from_1),
        CASE("an end is END_REQUEST, and closes once", end_says_so),
        CASE("input is dropped", input_is_dropped),
        CASE("an end is heard although input was not read", end_after_input),
        CASE("a peer that shut its side down is told the end", half_closed_peer_is_told),
        CASE("a peer that is gone closes the stream", closed_peer_closes),
        CASE("sending to a peer that is gone closes the stream once", send_to_closed_peer),
        CASE("a full socket is written on as it drains", full_socket_drains),
        CASE("an end waits for what waits", end_waits_for_what_waits),
        CASE("the backlog leaves out the first record", backlog_leaves_the_first_out),
        CASE("an abandoned stream closes at the end of the turn",
             abandon_closes_at_the_end_of_the_turn),
        CASE("an ending stream can be abandoned", abandon_while_ending),
        CASE("a descriptor that cannot be watched is closed", file_is_not_watched),
        CASE("open streams are visited once, and may end meanwhile", visits_the_open_ones),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("stream", tests);
}
