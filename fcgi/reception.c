/* Requests become streams, or are answered. */
#include "reception.h"

#include <inttypes.h>

#include "core/backoff.h"
#include "core/channel.h"
#include "core/frame.h"
#include "core/log.h"
#include "reply.h"
#include "request.h"
#include "request_log.h"

#define REPLY_MAX 65536 /* bytes of a header, or of a whole refusal */

void reception_send_away(const struct reception *reception, struct stream *stream,
                         const char *reason)
{
    struct follower *follower = stream_member(stream);
    uint32_t random = 0;
    struct buf text;

    if (follower != NULL)
        greeting_decide(follower->greeting, false);
    buf_init(&text, REPLY_MAX);
    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    if (frame_encode_retry(&text, backoff_jitter(reception->config->retry_ms, random)) == 0)
        stream_send_bytes(stream, text.data, text.len);
    buf_deinit(&text);
    stream_end(stream, reason);
}

static void log_opened(const struct stream *stream, const struct request *request)
{
    struct buf names;

    buf_init(&names, 512);
    for (size_t i = 0; i < request->channel_count; i++)
        if (buf_addf(&names, "%s%s", i > 0 ? "," : "", request->channels[i]) < 0)
            break;
    log_event(LOG_DEBUG, "opened", "stream=%" PRIu64 " channels=%.*s", stream_number(stream),
              (int)names.len, names.data ? names.data : "");
    buf_deinit(&names);
}

/* Whether all of the channels may have ended: then the client is to be told by the status. */
static bool may_be_over(const struct request *request)
{
    for (size_t i = 0; i < request->channel_count; i++)
        if (channel_is_pattern(request->channels[i]))
            return false;
    return request->start.kind == START_AFTER;
}

/* Has the header sent, at once or when it is known that it is not 204. */
static int greet(struct reception *reception, struct follower *follower,
                 const struct request *request, const struct buf *header, const char *origin)
{
    struct buf over;
    int result = -1;

    if (!may_be_over(request)) {
        stream_send_bytes(follower->stream, header->data, header->len);
        return 0;
    }
    buf_init(&over, REPLY_MAX);
    if (reply_over(&over, reception->config, origin) == 0)
        result = greetings_add(reception->greetings, follower, header, &over);
    buf_deinit(&over);
    return result;
}

/* Why there may be no more streams now; NULL if there may. A refusal would make a browser's
 * EventSource give up for good, so the answer is a stream that ends at once. */
static const char *reason_to_send_away(struct reception *reception)
{
    size_t streams = streams_count(reception->streams) - 1; /* not counting this one */

    if (reception->is_stopping)
        return "stopping";
    if (streams < limit_streams(reception->limit))
        return NULL;
    limit_turned_away(reception->limit, streams);
    return "too many streams";
}

/* Opens an event stream. `header` is sent together with the first bytes: most servers hold it back
 * until then. */
static void serve_events(struct reception *reception, struct stream *stream,
                         const struct request *request, struct buf *header, const char *origin)
{
    const char *reason = reason_to_send_away(reception);
    struct follower *follower;

    if (reason == NULL && frame_encode_retry(header, reception->config->retry_ms) < 0) {
        stream_abandon(stream, "no memory");
        return;
    }
    log_opened(stream, request);
    if (reason != NULL) {
        stream_send_bytes(stream, header->data, header->len);
        reception_send_away(reception, stream, reason);
        return;
    }
    /* The first one tells the client at once that they come, and how often. */
    if (request->heartbeat) {
        stream_show_heartbeats(stream);
        if (frame_encode_heartbeat(header, reception->config->heartbeat_ms) < 0)
            stream_abandon(stream, "no memory");
    }
    follower = hub_join(reception->hub, stream, request->channels, request->channel_count,
                        &request->start, request->wrap);
    stream_set_member(stream, follower);
    if (follower == NULL || greet(reception, follower, request, header, origin) < 0)
        stream_abandon(stream, "no memory");
    else
        hub_start(follower);
}

/* Answers what is no event stream: refusals, OPTIONS, HEAD. */
static void serve_reply(struct stream *stream, const struct buf *reply, const char *reason)
{
    stream_send_bytes(stream, reply->data, reply->len);
    stream_end(stream, reason);
}

static uint64_t unix_time_ms(void)
{
    uv_timeval64_t now;

    uv_gettimeofday(&now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_usec / 1000;
}

void reception_serve(struct reception *reception, struct stream *stream,
                     const struct params *params)
{
    const char *origin = params_get(params, "HTTP_ORIGIN");
    struct request request;
    struct buf why, reply;
    int result;

    request_log(stream_number(stream), params);
    buf_init(&why, REPLY_MAX / 2);
    buf_init(&reply, REPLY_MAX);
    int status = request_parse(&request, params, reception->config, unix_time_ms(), &why);
    if (status != 200)
        result = reply_refusal(&reply, reception->config, origin, status, &why);
    else if (request.method == REQUEST_OPTIONS)
        result = reply_options(&reply, reception->config, origin);
    else
        result = reply_stream(&reply, reception->config, origin);
    if (status == 500)
        log_event(LOG_ERROR, "refused", "stream=%" PRIu64 " reason=\"%.*s\"", stream_number(stream),
                  (int)why.len, why.data ? why.data : "");
    if (result < 0)
        stream_abandon(stream, "no memory");
    else if (status == 200 && request.method == REQUEST_GET)
        serve_events(reception, stream, &request, &reply, origin);
    else
        serve_reply(stream, &reply, status == 200 ? "answered" : "refused");
    if (status == 200)
        request_deinit(&request);
    buf_deinit(&why);
    buf_deinit(&reply);
}
