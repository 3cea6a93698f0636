/* Joins door, streams, hub and source on one loop. */
#include "server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "advice.h"
#include "age.h"
#include "core/buf.h"
#include "core/log.h"
#include "door.h"
#include "greeting.h"
#include "hub.h"
#include "limit.h"
#include "reception.h"
#include "source.h"
#include "stream.h"

#define LATE_MS   500 /* after all is closed, until the process goes in any case */
#define SETTLE_MS 1   /* how often it is looked whether the door has stopped */

static const int STOP_SIGNALS[] = {SIGTERM, SIGINT, SIGUSR1};
#define STOP_SIGNAL_COUNT (sizeof STOP_SIGNALS / sizeof *STOP_SIGNALS)

struct server {
    uv_loop_t loop;
    const struct config *config;
    struct streams *streams;
    struct ages *ages;
    struct limit *limit;
    struct advice advice;
    struct hub *hub;
    struct greetings *greetings;
    struct reception reception;
    struct source *source;
    struct door door;
    uv_signal_t signals[STOP_SIGNAL_COUNT];
    uv_timer_t drain;
    bool is_closed;        /* no request is waited for any more */
    uint64_t last_call_ms; /* when none is accepted any more, by the loop's clock */
    uint64_t deadline_ms;  /* of stopping */
    bool is_finished;      /* everything is closed; the loop runs out */
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
    door_close(&server->door);
    if (server->streams != NULL)
        streams_close_all(server->streams, "stopped before all was read");
    source_free(server->source);
    hub_free(server->hub);
    greetings_free(server->greetings);
    ages_free(server->ages);
    limit_free(server->limit);
    streams_free(server->streams);
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_unref((uv_handle_t *)&server->drain);
    uv_timer_start(&server->drain, on_late, LATE_MS, 0);
}

static bool is_drained(struct server *server)
{
    return streams_count(server->streams) == 0 && door_is_quiet(&server->door);
}

static void on_settle(uv_timer_t *timer)
{
    struct server *server = timer->data;

    if (uv_now(&server->loop) >= server->last_call_ms)
        door_shut(&server->door);
    if (is_drained(server) || uv_now(&server->loop) >= server->deadline_ms)
        finish(server);
}

/* Closes the door; then whoever came through it last is served. */
static void close_door(struct server *server)
{
    server->is_closed = true;
    door_stop(&server->door);
    uv_timer_start(&server->drain, on_settle, SETTLE_MS, SETTLE_MS);
}

static void on_last_call(uv_timer_t *timer)
{
    close_door(timer->data);
}

/* When all streams have ended nobody is left to wait for. */
static void finish_if_drained(struct server *server)
{
    bool is_leaving = server->reception.is_stopping || door_is_spent(&server->door);

    if (!is_leaving || server->is_closed || server->is_finished || !is_drained(server))
        return;
    close_door(server);
}

static void stop_one(void *context, struct stream *stream)
{
    struct server *server = context;

    reception_send_away(&server->reception, stream, "stopping");
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;

    if (server->reception.is_stopping)
        return;
    log_event(LOG_INFO, "stopping", "signal=%d streams=%zu", number,
              streams_count(server->streams));
    /* Requests that come meanwhile are accepted still, and sent away: what waits in the backlog of
     * a socket that nobody else has is lost when we go, and the web server answers 500. But if they
     * come without a pause there is a last call: what we accept we must have the time to serve, and
     * the others are for our successor. */
    server->reception.is_stopping = true;
    uint32_t drain_ms = server->config->drain_ms, last_call_ms = drain_ms - drain_ms / 4;
    server->last_call_ms = uv_now(&server->loop) + last_call_ms;
    server->deadline_ms = uv_now(&server->loop) + drain_ms;
    if (server->is_closed) /* CGI's one stream has just ended by itself */
        return;
    uv_timer_start(&server->drain, on_last_call, last_call_ms, 0);
    streams_each_open(server->streams, stop_one, server);
    finish_if_drained(server);
}

/* --- requests --------------------------------------------------------------------------------- */

static void on_arrival(void *context, const struct arrival *arrival)
{
    struct server *server = context;
    struct params params = arrival->params;
    struct stream *stream = stream_new(server->streams, arrival->fd, arrival->request_id);

    if (stream != NULL) {
        ages_watch(server->ages);
        advice_give(&server->advice, params_get(&params, "SERVER_SOFTWARE"),
                    streams_count(server->streams));
        reception_serve(&server->reception, stream, &params);
    } else {
        log_event(LOG_ERROR, "refused", "reason=\"no memory for a stream\"");
    }
    params_deinit(&params);
    door_set_streams(&server->door, streams_count(server->streams));
    finish_if_drained(server);
}

static void on_stream_closed(void *context, struct stream *stream, void *member)
{
    struct server *server = context;
    struct follower *follower = member;

    (void)stream;
    if (follower != NULL)
        greeting_drop(follower->greeting);
    hub_leave(follower);
    if (!server->is_finished)
        door_set_streams(&server->door, streams_count(server->streams));
    finish_if_drained(server);
}

static void on_stream_drained(void *context, struct stream *stream, void *member)
{
    (void)context;
    (void)stream;
    if (member != NULL)
        follower_drained(member);
}

/* --- starting --------------------------------------------------------------------------------- */

static void stop_signal_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        sigaddset(set, STOP_SIGNALS[i]);
}

void server_hold_signals(void)
{
    sigset_t set;

    stop_signal_set(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int start_signals(struct server *server)
{
    sigset_t set;

    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++) {
        server->signals[i].data = server;
        if (uv_signal_start(&server->signals[i], on_stop_signal, STOP_SIGNALS[i]) < 0)
            return -1;
    }
    stop_signal_set(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return 0;
}

/* Makes the parts. What is made when this fails is freed by finish. */
static int start(struct server *server, int listen_fd, const char **why)
{
    for (size_t i = 0; i < STOP_SIGNAL_COUNT; i++)
        uv_signal_init(&server->loop, &server->signals[i]);
    uv_timer_init(&server->loop, &server->drain);
    server->drain.data = server;
    *why = "no memory";
    server->streams =
        streams_new(&server->loop, server->config, on_stream_closed, on_stream_drained, server);
    server->hub = hub_new(server->config);
    server->greetings = greetings_new(&server->loop, server->config);
    if (server->streams == NULL || server->hub == NULL || server->greetings == NULL)
        return -1;
    hub_set_greet(server->hub, greeting_decide);
    server->ages = ages_new(&server->loop, server->config, server->streams);
    server->limit = limit_new(&server->loop, server->config);
    server->source = source_new(&server->loop, server->config, server->hub);
    if (server->ages == NULL || server->limit == NULL || server->source == NULL ||
        start_signals(server) < 0)
        return -1;
    server->reception = (struct reception){.config = server->config,
                                           .streams = server->streams,
                                           .hub = server->hub,
                                           .limit = server->limit,
                                           .greetings = server->greetings};
    return door_open(&server->door, &server->loop, listen_fd, on_arrival, server, why);
}

static void log_started(const struct config *config, enum origin origin)
{
    struct buf mounts;

    buf_init(&mounts, 1024);
    for (size_t i = 0; i < config->mount_count; i++)
        buf_addf(&mounts, "%s%s", i > 0 ? "," : "", *config->mounts[i] ? config->mounts[i] : "/");
    log_event(LOG_INFO, "started", "pid=%d mount=%.*s by=%s", (int)getpid(), (int)mounts.len,
              mounts.data ? mounts.data : "", origin_name(origin));
    buf_deinit(&mounts);
}

int server_run(const struct config *config, enum origin origin, int listen_fd, const char **why)
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
    advice_init(&server->advice, origin, config);
    result = start(server, origin == ORIGIN_CGI ? DOOR_CGI : listen_fd, why);
    if (result == 0)
        log_started(config, origin);
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
