/* Requests one after the other, one parser for all of them. */
#include "follow.h"

#include <stdlib.h>
#include <sys/random.h>

#include "core/backoff.h"

#define RETRY_MS       2000u
#define RETRY_MAX_MS   86400000u
#define BACKOFF_MS     1000u /* the first random time on top of `retry:` */
#define BACKOFF_MAX_MS 30000u

struct follow {
    const struct follow_handlers *handlers;
    void *context;
    struct sse_parse *parse;
    uint32_t retry_ms;
    struct backoff backoff;
    bool is_out_of_memory;
};

static int on_event(void *context, const struct sse_parsed *event)
{
    struct follow *follow = context;

    /* Not when the stream opens: a server that is full opens it, and closes it at once. */
    backoff_reset(&follow->backoff);
    return follow->handlers->on_event(follow->context, event);
}

static int on_too_large(void *context, const struct sse_parsed *event)
{
    struct follow *follow = context;

    return follow->handlers->on_too_large(follow->context, event);
}

static void on_retry(void *context, uint32_t ms)
{
    struct follow *follow = context;

    follow->retry_ms = ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

static int on_open(void *context)
{
    struct follow *follow = context;

    follow->handlers->on_state(follow->context, FOLLOW_OPEN, NULL, 0);
    return 0;
}

static int on_bytes(void *context, const char *bytes, size_t len)
{
    struct follow *follow = context;
    int result = sse_parse_feed(follow->parse, bytes, len);

    follow->is_out_of_memory = result < 0;
    return result;
}

static uint32_t random_bits(void)
{
    uint32_t bits = 0;

    /* Without randomness: at the earliest time, which is not wrong. */
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        return 0;
    return bits;
}

/* Until the next try. Returns -1 when the deadline comes before, or a signal. */
static int pause_before_retry(struct follow *follow, const struct patience *patience,
                              const char *why)
{
    uint32_t ms = follow->retry_ms + backoff_next(&follow->backoff, random_bits());

    follow->handlers->on_state(follow->context, FOLLOW_WAITING, why, ms);
    if (patience_pause(patience, ms) < 0 || patience_now_ms() >= patience->deadline_ms)
        return -1;
    return 0;
}

static enum http_end run(struct follow *follow, struct http_stream *stream,
                         const struct patience *patience, struct buf *why)
{
    for (;;) {
        buf_clear(why);
        follow->handlers->on_state(follow->context, FOLLOW_CONNECTING, NULL, 0);
        enum http_end end = http_stream_get(stream, sse_parse_id(follow->parse), patience, why);
        if (follow->is_out_of_memory)
            return HTTP_NO_MEMORY;
        if (end != HTTP_CLOSED && end != HTTP_AWAY)
            return end;
        if (buf_add(why, "", 1) < 0)
            return HTTP_NO_MEMORY;
        sse_parse_restart(follow->parse);
        if (pause_before_retry(follow, patience, why->data) < 0)
            return HTTP_CANCELED;
    }
}

enum http_end follow_run(const struct http_settings *settings, const char *cursor,
                         const struct patience *patience, const struct follow_handlers *handlers,
                         void *context, struct buf *why)
{
    static const struct sse_parse_handlers PARSE = {on_event, on_too_large, on_retry};
    static const struct http_handlers HTTP = {on_open, on_bytes};
    struct follow follow = {.handlers = handlers,
                            .context = context,
                            .retry_ms = RETRY_MS,
                            .backoff = {.first_ms = BACKOFF_MS, .most_ms = BACKOFF_MAX_MS}};
    struct http_stream *stream = http_stream_new(settings, &HTTP, &follow);
    enum http_end end = HTTP_NO_MEMORY;

    follow.parse = sse_parse_new(FOLLOW_LINE_MAX, FOLLOW_DATA_MAX, &PARSE, &follow);
    if (stream != NULL && follow.parse != NULL && sse_parse_set_id(follow.parse, cursor) == 0)
        end = run(&follow, stream, patience, why);
    sse_parse_free(follow.parse);
    http_stream_free(stream);
    return end;
}
