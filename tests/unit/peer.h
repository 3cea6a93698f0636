/* The web server's end of a stream's socket: what came, as an answer and as events. */
#ifndef SSE_TEST_PEER_H
#define SSE_TEST_PEER_H

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/event_id.h"
#include "fcgi_model.h"
#include "sse_model.h"
#include "test.h"

struct peer {
    int fd;
    uint16_t id;    /* of the request */
    struct buf raw; /* all that came */
    bool was_reset; /* it ended by an error */
    bool is_at_end; /* the other end is closed */
    size_t packets; /* reads that gave something */
    struct answer answer;
    struct buf told; /* see peer_told */
};

/* Makes a pair of sockets of the type and returns the responder's end. */
static inline int peer_open(struct peer *peer, int type, uint16_t id)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    *peer = (struct peer){.fd = ends[0], .id = id};
    buf_init(&peer->raw, SIZE_MAX);
    buf_init(&peer->told, SIZE_MAX);
    answer_init(&peer->answer);
    return ends[1];
}

static inline void peer_close(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    buf_deinit(&peer->raw);
    buf_deinit(&peer->told);
    answer_deinit(&peer->answer);
}

/* Reads what is there, and takes it apart from the start. */
static inline void peer_read(struct peer *peer)
{
    static char bytes[65536];
    ssize_t n;

    while ((n = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        buf_add(&peer->raw, bytes, (size_t)n);
        peer->packets++;
    }
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        peer->was_reset = true;
    if (n == 0 || peer->was_reset)
        peer->is_at_end = true;
    answer_deinit(&peer->answer);
    answer_init(&peer->answer);
    if (peer->raw.len > 0)
        answer_read(&peer->answer, (unsigned char *)peer->raw.data, peer->raw.len, peer->id);
}

/* The events that came so far: "name@id=data", with a space between. Valid until the next call. */
static inline const char *peer_told(struct peer *peer)
{
    static struct sse_model model;

    peer_read(peer);
    sse_read(&model, peer->answer.output.data, peer->answer.output.len);
    buf_clear(&peer->told);
    for (size_t i = 0; i < model.count; i++)
        buf_addf(&peer->told, "%s%s@%s=%s", i > 0 ? " " : "", model.events[i].type,
                 model.events[i].last_id, model.events[i].data);
    return buf_text(&peer->told);
}

#endif
