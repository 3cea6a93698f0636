/* One client like a browser's EventSource. */
#include "client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "target.h"

#define ANSWER_MS  10000 /* a response must begin within */
#define READ_BYTES 65536

static void connect_next(struct surroundings *around);

/* xorshift64: below `limit`, which is small. */
static uint32_t random_below(struct surroundings *around, uint32_t limit)
{
    around->random ^= around->random << 13;
    around->random ^= around->random >> 7;
    around->random ^= around->random << 17;
    return limit > 0 ? (uint32_t)(around->random >> 20) % limit : 0;
}

static bool is_unanswered(enum client_state state)
{
    return state == CLIENT_CONNECTING || state == CLIENT_ASKED;
}

/* The one who may change a client's state. */
static void move(struct client *client, enum client_state state)
{
    enum client_state from = client->state;

    if (from == state)
        return;
    client->state = state;
    client->around->unanswered += (size_t)is_unanswered(state);
    client->around->unanswered -= (size_t)is_unanswered(from);
    tally_move(&client->around->tally, from, state);
    if (is_unanswered(from) && !is_unanswered(state))
        connect_next(client->around);
}

static void queue_up(struct client *client)
{
    move(client, CLIENT_QUEUED);
    STAILQ_INSERT_TAIL(&client->around->due, client, next);
}

static void on_retry(uv_timer_t *timer)
{
    struct client *client = timer->data;

    queue_up(client);
    connect_next(client->around);
}

/* Waits as long as the server says, and a bit more, so that not all come back at once. */
static void wait_to_retry(struct client *client)
{
    struct surroundings *around = client->around;
    uint32_t retry_ms = client->sse.retry_ms ? client->sse.retry_ms : 2000;

    if (retry_ms > around->retry_max_ms)
        retry_ms = around->retry_max_ms;
    move(client, CLIENT_WAITING);
    uv_timer_start(&client->timer, on_retry, retry_ms + random_below(around, retry_ms / 4 + 1), 0);
}

/* What to do with no connection open. */
static void proceed(struct client *client)
{
    switch (client->after) {
    case RECONNECT_LATER:
        wait_to_retry(client);
        break;
    case RECONNECT_AT_ONCE:
        queue_up(client);
        connect_next(client->around);
        break;
    case STAY_AWAY:
        move(client, CLIENT_AWAY);
        break;
    case STAY_AWAY_FOR_GOOD:
        move(client, CLIENT_DONE);
        break;
    }
}

static void on_closed(uv_handle_t *handle)
{
    proceed(handle->data);
}

/* Ends the connection; the client goes on in on_closed. */
static void end_connection(struct client *client, enum client_end end, enum after_close after)
{
    client->after = after;
    if (client->state == CLIENT_CLOSING)
        return;
    client->around->tally.ends[end]++;
    move(client, CLIENT_CLOSING);
    uv_close((uv_handle_t *)&client->tcp, on_closed);
}

/* ---- what comes ---- */

static void measure(struct client *client, struct id id)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int64_t us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - (int64_t)id.ms * 1000;
    latency_add(&client->around->tally.latency, us > 0 ? (uint64_t)us : 0);
}

static void on_frame(void *arg, const struct sse_frame *frame, const char *data)
{
    struct client *client = arg;
    struct tally *tally = &client->around->tally;

    if (frame->kind == SSE_OPEN)
        tally->opens++;
    else if (frame->kind == SSE_RESET)
        tally->resets++;
    else
        tally->events++;
    if (frame->has_id) {
        if (frame->kind == SSE_EVENT && client->state == CLIENT_LIVE && !client->is_behind)
            measure(client, frame->id);
        record_take(&client->record, frame, data != NULL ? data : "");
    } else {
        tally->without_id++;
    }
    if (frame->kind == SSE_OPEN)
        move(client, CLIENT_LIVE);
}

static void on_body(void *arg, const char *bytes, size_t length)
{
    struct client *client = arg;

    sse_reader_feed(&client->sse, bytes, length, on_frame, client);
}

/* The server, or the network, has ended it. */
static void on_end(struct client *client, bool is_complete)
{
    const struct http_reader *http = &client->http;

    if (http->status != 0 && http->status < 600 && http->status != 200)
        client->around->tally.statuses[http->status]++;
    if (http->status == 204)
        end_connection(client, END_STATUS, STAY_AWAY_FOR_GOOD);
    else if (http->part <= HTTP_HEADER && !is_complete)
        end_connection(client, END_UNANSWERED, RECONNECT_LATER);
    else if (http->status != 200)
        end_connection(client, END_STATUS, RECONNECT_LATER);
    else if (http->body == 0)
        end_connection(client, END_EMPTY, RECONNECT_LATER);
    else
        end_connection(client, is_complete ? END_CLEAN : END_CUT, RECONNECT_LATER);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char bytes[READ_BYTES]; /* used up before the next read of anybody */
    const struct client *client = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(bytes, client->is_dripping ? 1 : sizeof bytes);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct client *client = stream->data;

    if (client->state == CLIENT_CLOSING || length == 0)
        return;
    if (client->is_dripping)
        uv_read_stop(stream);
    if (length < 0) {
        on_end(client, false);
        return;
    }
    client->heard_ms = uv_now(client->around->loop);
    if (client->state == CLIENT_ASKED)
        move(client, CLIENT_ANSWERED);
    switch (http_reader_feed(&client->http, buffer->base, (size_t)length, on_body, client)) {
    case HTTP_GOES_ON:
        break;
    case HTTP_COMPLETE:
        on_end(client, true);
        break;
    case HTTP_BROKEN:
        end_connection(client, END_BROKEN, RECONNECT_LATER);
        break;
    }
}

/* ---- connecting ---- */

int client_target(const struct client *client, char target[])
{
    const struct surroundings *around = client->around;

    return target_write(target, around->patterns[client->number % around->pattern_count],
                        client->number);
}

static size_t write_request(const struct client *client, char *request, size_t size)
{
    char target[TARGET_SIZE], cursor[ID_TEXT_SIZE], header[ID_TEXT_SIZE + 32] = "";
    int length;

    client_target(client, target); /* checked at the start */
    if (client->record.has_cursor)
        snprintf(header, sizeof header, "Last-Event-ID: %s\r\n",
                 id_format(client->record.cursor, cursor));
    length = snprintf(request, size,
                      "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n%s\r\n", target,
                      client->around->authority, header);
    return (size_t)length;
}

static void on_connected(uv_connect_t *connecting, int status)
{
    struct client *client = connecting->data;
    char request[TARGET_SIZE + 512];
    size_t length;

    if (client->state == CLIENT_CLOSING)
        return;
    if (status < 0) {
        end_connection(client, END_REFUSED, RECONNECT_LATER);
        return;
    }
    length = write_request(client, request, sizeof request);
    uv_buf_t buffer = uv_buf_init(request, (unsigned)length);
    client->heard_ms = uv_now(client->around->loop);
    move(client, CLIENT_ASKED);
    /* A fresh socket takes so short a request whole, or it is broken. */
    if (uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1) != (int)length ||
        uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read) < 0)
        end_connection(client, END_UNANSWERED, RECONNECT_LATER);
}

static void start_connection(struct client *client)
{
    struct surroundings *around = client->around;
    int size = around->receive_buffer;

    http_reader_restart(&client->http);
    sse_reader_restart(&client->sse);
    client->is_stalled = client->is_dripping = client->is_behind = false;
    client->heard_ms = uv_now(around->loop);
    around->tally.connections++;
    around->tally.reconnects += client->record.has_cursor;
    if (uv_tcp_init_ex(around->loop, &client->tcp, around->address.ss_family) < 0) {
        around->tally.ends[END_REFUSED]++; /* no descriptor: there is no handle to close either */
        wait_to_retry(client);
        return;
    }
    client->tcp.data = client;
    client->connecting.data = client;
    if (size > 0)
        uv_recv_buffer_size((uv_handle_t *)&client->tcp, &size);
    move(client, CLIENT_CONNECTING);
    if (uv_tcp_connect(&client->connecting, &client->tcp, (struct sockaddr *)&around->address,
                       on_connected) < 0)
        end_connection(client, END_REFUSED, RECONNECT_LATER);
}

static void connect_next(struct surroundings *around)
{
    while (!STAILQ_EMPTY(&around->due) && around->unanswered < around->burst) {
        struct client *client = STAILQ_FIRST(&around->due);
        STAILQ_REMOVE_HEAD(&around->due, next);
        start_connection(client);
    }
}

/* ---- what it is told ---- */

void client_init(struct client *client, struct surroundings *around, size_t number)
{
    *client = (struct client){.around = around, .number = number, .state = CLIENT_AWAY};
    uv_timer_init(around->loop, &client->timer);
    client->timer.data = client;
}

void client_come(struct client *client)
{
    if (client->state == CLIENT_CLOSING) {
        client->after = RECONNECT_AT_ONCE;
        return;
    }
    if (client->state != CLIENT_AWAY && client->state != CLIENT_WAITING)
        return;
    uv_timer_stop(&client->timer);
    queue_up(client);
    connect_next(client->around);
}

void client_leave(struct client *client, enum after_close after)
{
    switch (client->state) {
    case CLIENT_CONNECTING:
    case CLIENT_ASKED:
    case CLIENT_ANSWERED:
    case CLIENT_LIVE:
    case CLIENT_CLOSING:
        end_connection(client, END_OURS, after);
        break;
    case CLIENT_QUEUED:
        STAILQ_REMOVE(&client->around->due, client, client, next);
        /* fall through */
    case CLIENT_WAITING:
        uv_timer_stop(&client->timer);
        client->after = after;
        proceed(client);
        break;
    case CLIENT_AWAY:
    case CLIENT_DONE:
    case CLIENT_STATES:
        break;
    }
}

static bool is_open(const struct client *client)
{
    return client->state == CLIENT_ASKED || client->state == CLIENT_ANSWERED ||
           client->state == CLIENT_LIVE;
}

void client_stall(struct client *client, bool is_dripping)
{
    if (!is_open(client))
        return;
    uv_read_stop((uv_stream_t *)&client->tcp);
    client->is_stalled = client->is_behind = true;
    client->is_dripping = is_dripping;
}

void client_resume(struct client *client)
{
    if (!client->is_stalled || !is_open(client))
        return;
    client->is_stalled = client->is_dripping = false;
    uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
}

void client_tick(struct client *client)
{
    uint64_t silent_ms = uv_now(client->around->loop) - client->heard_ms;

    if (client->is_dripping && is_open(client))
        uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
    else if (client->is_stalled)
        return;
    else if (is_unanswered(client->state) && silent_ms > ANSWER_MS)
        end_connection(client, END_SILENT, RECONNECT_LATER);
    else if (is_open(client) && client->around->silence_ms > 0 &&
             silent_ms > client->around->silence_ms)
        end_connection(client, END_SILENT, RECONNECT_AT_ONCE);
}

void client_close(struct client *client)
{
    client_leave(client, STAY_AWAY);
    uv_close((uv_handle_t *)&client->timer, NULL);
}

void client_deinit(struct client *client)
{
    http_reader_deinit(&client->http);
    sse_reader_deinit(&client->sse);
    record_deinit(&client->record);
}
