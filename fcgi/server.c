/* Joins gateway, streams, hub and source on one loop. */
#include "server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "age.h"
#include "core/backoff.h"
#include "core/frame.h"
#include "core/log.h"
#include "gateway.h"
#include "hub.h"
#include "limit.h"
#include "reply.h"
#include "request.h"
#include "source.h"
#include "stream.h"

#define LATE_MS   500   /* after all is closed, until the process goes in any case */
#define REPLY_MAX 65536 /* bytes of a header, or of a whole refusal */

static const int STOP_SIGNALS[] = {SIGTERM, SIGINT, SIGUSR1};
#define STOP_SIGNAL_COUNT (sizeof STOP_SIGNALS / sizeof *STOP_SIGNALS)

struct server {
    uv_loop_t loop;
    const struct config *config;
    struct streams *streams;
    struct ages *ages;
    struct limit *limit;
    struct hub *hub;
    struct source *source;
    struct gateway *gateway;
    uv_signal_t signals[STOP_SIGNAL_COUNT];
    uv_timer_t drain;
    bool is_stopping;
    bool is_finished; /* everything is closed; the loop runs out */
};

/* --- stopping --------------------------------------------------------------------------------- */

/* Everything is closed but a lookup of Redis' address, which can not be taken back and may take
 * long. Web servers stand still until we are gone. */
static void on_late(uv_timer_t *timer)
{
    (void)timer;
    log_event(LOG_WARNING, "stopped", "pid=%d reason=\"left a lookup behind\"", (int)getpid());
    _exit(EX_OK);
}

/* Closes everything; when the last handle is closed the loop ends. */
static void finish(struct server *server)
{
    if (server->is_finished)
        return;
    server->is_finished = true;
    gateway_free(server->gateway);
    if (server->streams != NULL)
        streams_close_all(server->streams, "stopped before all was read");
    source_free(server->source);
    hub_free(server->hub);
    ages_free(server->ages);
    limit_free(server->limit);
    streams_free(server->streams);
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_unref((uv_handle_t *)&server->drain);
    uv_timer_start(&server->drain, on_late, LATE_MS, 0);
}

static void on_drained(uv_timer_t *timer)
{
    finish(timer->data);
}

static void finish_if_drained(struct server *server)
{
    /* By the timer: the caller may still be at work with what is to be closed. */
    if (server->is_stopping && !server->is_finished && streams_count(server->streams) == 0 &&
        gateway_is_quiet(server->gateway))
        uv_timer_start(&server->drain, on_drained, 0, 0);
}

/* Ends a stream for good reason: the client comes back, but not at the same time as all others. */
static void send_away(const struct server *server, struct stream *stream, const char *reason)
{
    uint32_t random = 0;
    struct buf text;

    buf_init(&text, REPLY_MAX);
    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    if (frame_encode_retry(&text, backoff_jitter(server->config->retry_ms, random)) == 0)
        stream_send_bytes(stream, text.data, text.len);
    buf_deinit(&text);
    stream_end(stream, reason);
}

static void stop_one(void *context, struct stream *stream)
{
    send_away(context, stream, "stopping");
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;

    if (server->is_stopping)
        return;
    log_event(LOG_INFO, "stopping", "signal=%d streams=%zu", number,
              streams_count(server->streams));
    server->is_stopping = true;
    gateway_stop(server->gateway);
    uv_timer_start(&server->drain, on_drained, server->config->drain_ms, 0);
    streams_each_open(server->streams, stop_one, server);
    finish_if_drained(server);
}

/* --- requests --------------------------------------------------------------------------------- */

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

/* Why there may be no more streams now; NULL if there may. A refusal would make a browser's
 * EventSource give up for good, so the answer is a stream that ends at once. */
static const char *reason_to_send_away(struct server *server)
{
    size_t streams = streams_count(server->streams) - 1; /* not counting this one */

    if (server->is_stopping)
        return "stopping";
    if (streams < limit_streams(server->limit))
        return NULL;
    limit_turned_away(server->limit, streams);
    return "too many streams";
}

/* Opens an event stream. `header` is sent together with the first bytes: most servers hold it back
 * until then. */
static void serve_events(struct server *server, struct stream *stream,
                         const struct request *request, struct buf *header)
{
    const char *reason = reason_to_send_away(server);

    if (reason == NULL && frame_encode_retry(header, server->config->retry_ms) < 0) {
        stream_abandon(stream, "no memory");
        return;
    }
    log_opened(stream, request);
    stream_send_bytes(stream, header->data, header->len);
    if (reason != NULL) {
        send_away(server, stream, reason);
        return;
    }
    struct follower *follower =
        hub_join(server->hub, stream, request->channels, request->channel_count, request->wrap);
    stream_set_member(stream, follower);
    if (follower == NULL)
        stream_abandon(stream, "no memory");
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

static void serve(struct server *server, struct stream *stream, const struct params *params)
{
    const char *origin = params_get(params, "HTTP_ORIGIN");
    struct request request;
    struct buf why, reply;
    int result;

    buf_init(&why, REPLY_MAX / 2);
    buf_init(&reply, REPLY_MAX);
    int status = request_parse(&request, params, server->config, unix_time_ms(), &why);
    if (status != 200)
        result = reply_refusal(&reply, server->config, origin, status, &why);
    else if (request.method == REQUEST_OPTIONS)
        result = reply_options(&reply, server->config, origin);
    else
        result = reply_stream(&reply, server->config, origin);
    if (status == 500)
        log_event(LOG_ERROR, "refused", "stream=%" PRIu64 " reason=\"%.*s\"", stream_number(stream),
                  (int)why.len, why.data ? why.data : "");
    if (result < 0)
        stream_abandon(stream, "no memory");
    else if (status == 200 && request.method == REQUEST_GET)
        serve_events(server, stream, &request, &reply);
    else
        serve_reply(stream, &reply, status == 200 ? "answered" : "refused");
    if (status == 200)
        request_deinit(&request);
    buf_deinit(&why);
    buf_deinit(&reply);
}

static void on_arrival(void *context, const struct arrival *arrival)
{
    struct server *server = context;
    struct params params = arrival->params;
    struct stream *stream = stream_new(server->streams, arrival->fd, arrival->request_id);

    if (stream != NULL) {
        ages_watch(server->ages);
        serve(server, stream, &params);
    } else {
        log_event(LOG_ERROR, "refused", "reason=\"no memory for a stream\"");
    }
    params_deinit(&params);
    finish_if_drained(server);
}

static void on_stream_closed(void *context, struct stream *stream, void *member)
{
    (void)stream;
    hub_leave(member);
    finish_if_drained(context);
}

/* --- starting --------------------------------------------------------------------------------- */

static int start_signals(struct server *server)
{
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        server->signals[i].data = server;
        if (uv_signal_start(&server->signals[i], on_stop_signal, STOP_SIGNALS[i]) < 0)
            return -1;
    }
    return 0;
}

/* Makes the parts. What is made when this fails is freed by finish. */
static int start(struct server *server, int listen_fd, const char **why)
{
    sigset_t all, before;

    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        uv_signal_init(&server->loop, &server->signals[i]);
    uv_timer_init(&server->loop, &server->drain);
    server->drain.data = server;
    *why = "no memory";
    server->streams = streams_new(&server->loop, server->config, on_stream_closed, NULL, server);
    server->hub = hub_new(server->config);
    if (server->streams == NULL || server->hub == NULL)
        return -1;
    server->ages = ages_new(&server->loop, server->config, server->streams);
    server->limit = limit_new(&server->loop, server->config);
    server->source = source_new(&server->loop, server->config, server->hub);
    if (server->ages == NULL || server->limit == NULL || server->source == NULL ||
        start_signals(server) < 0)
        return -1;
    *why = "no threads to accept with";
    sigfillset(&all); /* signals are the loop's, not the threads' */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    server->gateway = gateway_new(&server->loop, listen_fd, on_arrival, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return server->gateway != NULL ? 0 : -1;
}

int server_run(const struct config *config, int listen_fd, const char **why)
{
    struct server *server = calloc(1, sizeof *server);
    int result;

    *why = "no memory";
    if (server == NULL)
        return -1;
    server->config = config;
    if (uv_loop_init(&server->loop) < 0) {
        free(server);
        return -1;
    }
    result = start(server, listen_fd, why);
    if (result == 0)
        log_event(LOG_INFO, "started", "pid=%d mount=%s", (int)getpid(), config->mounts[0]);
    else
        finish(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&server->drain, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    /* A handle that is still open here is one that leaked. */
    if (uv_loop_close(&server->loop) < 0)
        abort();
    if (result == 0)
        log_event(LOG_INFO, "stopped", "pid=%d", (int)getpid());
    free(server);
    return result;
}
