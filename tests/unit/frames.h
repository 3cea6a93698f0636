/* The bytes of an answer as frames, as they come in: FastCGI records -> SSE text -> frames. */
#ifndef SSE_TEST_FRAMES_H
#define SSE_TEST_FRAMES_H

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "promise.h"
#include <fastcgi.h>

struct frames {
    int fd; /* -1: none */
    struct buf raw, text;
    size_t raw_at, text_at;
    bool was_ended; /* by END_REQUEST */
};

static inline void frames_init(struct frames *frames, int fd)
{
    *frames = (struct frames){.fd = fd};
    buf_init(&frames->raw, SIZE_MAX);
    buf_init(&frames->text, SIZE_MAX);
}

static inline void frames_deinit(struct frames *frames)
{
    if (frames->fd >= 0)
        close(frames->fd);
    frames->fd = -1;
    buf_deinit(&frames->raw);
    buf_deinit(&frames->text);
}

/* Reads what is there, at most about `max` bytes. Returns whether there was anything. */
static inline bool frames_read(struct frames *frames, size_t max)
{
    static char bytes[65536];
    size_t total = 0;
    ssize_t n;

    while (total < max && (n = recv(frames->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        buf_add(&frames->raw, bytes, (size_t)n);
        total += (size_t)n;
    }
    while (frames->raw.len - frames->raw_at >= 8) {
        const unsigned char *head = (unsigned char *)frames->raw.data + frames->raw_at;
        size_t len = (size_t)head[4] << 8 | head[5];
        if (frames->raw.len - frames->raw_at < 8 + len + head[6])
            break;
        if (head[1] == FCGI_STDOUT)
            buf_add(&frames->text, (const char *)head + 8, len);
        frames->was_ended = frames->was_ended || head[1] == FCGI_END_REQUEST;
        frames->raw_at += 8 + len + head[6];
    }
    if (frames->raw_at == frames->raw.len) {
        buf_clear(&frames->raw);
        frames->raw_at = 0;
    }
    return total > 0;
}

/* The next frame that is whole. Returns false if there is none. */
static inline bool frames_next(struct frames *frames, struct frame *frame)
{
    size_t from = frames->text_at, past_at = from;

    while (past_at + 1 < frames->text.len &&
           (frames->text.data[past_at] != '\n' || frames->text.data[past_at + 1] != '\n'))
        past_at++;
    if (past_at + 1 >= frames->text.len)
        return false;
    const char *at = frames->text.data + from, *past = frames->text.data + past_at;
    memset(frame, 0, sizeof *frame);
    strcpy(frame->type, "message");
    while (at < past + 1) {
        const char *end = memchr(at, '\n', (size_t)(past + 1 - at));
        int len = (int)(end - at);
        if (strncmp(at, "event: ", 7) == 0)
            snprintf(frame->type, sizeof frame->type, "%.*s", len - 7, at + 7);
        else if (strncmp(at, "data: ", 6) == 0)
            snprintf(frame->data, sizeof frame->data, "%.*s", len - 6, at + 6);
        else if (strncmp(at, "id: ", 4) == 0)
            frame->has_id = event_id_parse(&frame->id, at + 4, (size_t)len - 4) == 0;
        at = end + 1;
    }
    frames->text_at = (size_t)(past + 2 - frames->text.data);
    if (frames->text_at == frames->text.len) {
        buf_clear(&frames->text);
        frames->text_at = 0;
    }
    return true;
}

#endif
