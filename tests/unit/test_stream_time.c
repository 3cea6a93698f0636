/* stream: what depends on time (heartbeats), and on memory. */
#include "alloc.h"
#include "core/log.h"
#include "loop.h"
#include "peer.h"
#include "stream.h"
#include "test.h"

static struct test_loop loop;
static struct config config;
static int closed;

static void on_closed(UNUSED void *context, UNUSED struct stream *stream, UNUSED void *member)
{
    closed++;
}

/* A set of streams on a loop of its own, with that heartbeat. */
static struct streams *open_all(uint32_t heartbeat_ms)
{
    closed = 0;
    config = (struct config){.heartbeat_ms = heartbeat_ms};
    loop_open(&loop);
    struct streams *streams = streams_new(&loop.loop, &config, on_closed, NULL, NULL);
    assert_non_null(streams);
    return streams;
}

static void close_all(struct streams *streams)
{
    streams_close_all(streams, "the test is over");
    streams_free(streams);
    loop_close(&loop);
}

static size_t heartbeats(struct peer *peer)
{
    size_t count = 0;

    peer_read(peer);
    const struct buf *output = &peer->answer.output;
    for (size_t i = 0; i < output->len; i++)
        count += output->data[i] == ':';
    return count;
}

static bool has_three(void *peer)
{
    return heartbeats(peer) >= 3;
}

static void silence_gets_heartbeats(UNUSED void **state)
{
    struct streams *streams = open_all(20);
    struct peer peer;

    stream_new(streams, peer_open(&peer, SOCK_STREAM, 1), 1);
    uint64_t before = uv_hrtime();
    loop_wait(&loop, has_three, &peer);
    assert_true(uv_hrtime() - before >= 3 * 18 * 1000000);
    assert_true(memcmp(peer.answer.output.data, ":\n:\n:\n", 6) == 0);
    close_all(streams);
    peer_close(&peer);
}

struct two {
    struct stream *busy;
    struct peer quiet_peer, busy_peer;
};

static bool quiet_has_two(void *context)
{
    struct two *two = context;

    stream_send_bytes(two->busy, "x", 1);
    return heartbeats(&two->quiet_peer) >= 2;
}

static void busy_gets_none(UNUSED void **state)
{
    struct streams *streams = open_all(250);
    struct two two;

    stream_new(streams, peer_open(&two.quiet_peer, SOCK_STREAM, 1), 1);
    two.busy = stream_new(streams, peer_open(&two.busy_peer, SOCK_STREAM, 1), 1);
    loop_wait(&loop, quiet_has_two, &two);
    assert_int_equal(heartbeats(&two.busy_peer), 0);
    close_all(streams);
    peer_close(&two.quiet_peer);
    peer_close(&two.busy_peer);
}

/* Fills the socket until a record waits behind another. */
static void fill(struct stream *stream)
{
    char *block = calloc(1, 65535);

    while (stream_backlog(stream) == 0) {
        stream_send_bytes(stream, block, 65535);
        stream_send_bytes(stream, block, 65535);
        loop_turn(&loop);
    }
    free(block);
}

static void full_socket_gets_none(UNUSED void **state)
{
    struct streams *streams = open_all(20);
    struct peer full, quiet;
    struct stream *stream = stream_new(streams, peer_open(&full, SOCK_STREAM, 1), 1);

    fill(stream);
    size_t backlog = stream_backlog(stream);
    stream_new(streams, peer_open(&quiet, SOCK_STREAM, 1), 1);
    loop_wait(&loop, has_three, &quiet);
    assert_int_equal(stream_backlog(stream), backlog);
    assert_int_equal(closed, 0);
    close_all(streams);
    peer_close(&full);
    peer_close(&quiet);
}

static bool is_closed(UNUSED void *context)
{
    return closed > 0;
}

static void end_that_is_not_read(UNUSED void **state)
{
    struct streams *streams = open_all(20);
    struct peer peer;
    struct stream *stream = stream_new(streams, peer_open(&peer, SOCK_STREAM, 1), 1);

    fill(stream);
    stream_end(stream, "test");
    loop_wait(&loop, is_closed, NULL);
    peer_read(&peer);
    assert_false(peer.answer.ended);
    assert_true(peer.is_at_end);
    close_all(streams);
    peer_close(&peer);
}

static void no_set_without_memory(UNUSED void **state)
{
    unsigned long n = 1;

    loop_open(&loop);
    for (;; n++) {
        alloc_fail_at(n);
        struct streams *streams = streams_new(&loop.loop, &config, on_closed, NULL, NULL);
        bool failed = alloc_fail_never();
        assert_true((streams == NULL) == failed);
        streams_free(streams);
        if (!failed)
            break;
    }
    assert_int_equal(n, 7);
    streams_free(NULL);
    loop_close(&loop);
}

static void no_stream_without_memory(UNUSED void **state)
{
    struct streams *streams = open_all(60000);
    struct peer peer;

    int fd = peer_open(&peer, SOCK_STREAM, 1);
    alloc_fail_at(1);
    assert_null(stream_new(streams, fd, 1));
    assert_true(alloc_fail_never());
    peer_read(&peer);
    assert_true(peer.is_at_end); /* the descriptor was taken all the same */
    assert_int_equal(streams_count(streams), 0);
    assert_int_equal(closed, 0);
    close_all(streams);
    peer_close(&peer);
}

static void send_all(struct stream *stream)
{
    struct record *record = record_new_output("shared", 6);

    stream_send_bytes(stream, "own", 3);
    if (record != NULL)
        stream_send(stream, record);
    record_unref(record);
    stream_end(stream, "test");
}

/* The stream is abandoned, or has all; request 2 needs copies. */
static void no_sending_without_memory(UNUSED void **state)
{
    for (uint16_t id = 1; id <= 2; id++)
        for (unsigned long n = 1;; n++) {
            struct streams *streams = open_all(60000);
            struct peer peer;
            struct stream *stream = stream_new(streams, peer_open(&peer, SOCK_STREAM, id), id);
            alloc_fail_at(n);
            send_all(stream);
            bool failed = alloc_fail_never();
            assert_int_equal(closed, 0);
            loop_turn(&loop);
            assert_int_equal(closed, 1);
            peer_read(&peer);
            if (failed && peer.raw.len > 0) /* only the test's own record was missing */
                assert_buf(&peer.answer.output, "own");
            if (!failed)
                assert_buf(&peer.answer.output, "ownshared");
            if (peer.raw.len > 0)
                assert_true(peer.answer.ended);
            close_all(streams);
            peer_close(&peer);
            if (!failed)
                break;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("silence gets heartbeats, in their time", silence_gets_heartbeats),
        TEST("a busy stream gets no heartbeat", busy_gets_none),
        TEST("a full socket gets no heartbeat", full_socket_gets_none),
        TEST("an end that is not read is given up", end_that_is_not_read),
        TEST("without memory there is no set of streams", no_set_without_memory),
        TEST("without memory there is no stream, and its descriptor is closed",
             no_stream_without_memory),
        TEST("without memory to send a stream is abandoned", no_sending_without_memory),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("stream_time", tests);
}
