/* SSE responses on the loop.
 *
 * Every stream is on one list ordered by when it was last sent to, so that one timer, set for the
 * head of that list, serves all heartbeats. A stream that has something to write, or that is to
 * close, is also on the list of `touched` ones, which is worked off once a turn, before the loop
 * waits again: no callback and no walk ever sees a stream vanish. One that asked to be told when it
 * is drained, and is, is told in the next turn. */
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "core/log.h"
#include "heartbeat.h"
#include "next_turn.h"
#include "outlet.h"

enum stream_state { STREAM_OPEN, STREAM_ENDING, STREAM_CLOSED };

struct stream {
    struct outlet outlet;
    struct streams *all;
    uint16_t request_id;
    enum stream_state state;
    bool is_touched, is_abandoned;
    bool has_events;    /* for heartbeats */
    bool wants_drained; /* to be told when it is */
    const char *reason; /* of the end, as soon as there is one */
    uint64_t number;
    uint64_t opened_ms;
    uint64_t sent_ms; /* when something was last queued; orders `by_age` */
    void *member;
    TAILQ_ENTRY(stream) by_age;
    TAILQ_ENTRY(stream) touched;
    struct next_turn_entry drained;
};

struct streams {
    uv_timer_t timer;
    uv_prepare_t turn_end;
    int handles; /* that are not closed yet */
    const struct config *config;
    stream_closed_fn *on_closed;
    stream_drained_fn *on_drained;
    void *context;
    struct heartbeat heartbeat;
    struct record *end;
    size_t count;
    uint64_t last_number;
    TAILQ_HEAD(, stream) by_age;
    TAILQ_HEAD(, stream) touched;
    struct next_turn drained; /* those that are to be told */
};

/* --- the set ---------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);
static void tell_drained(struct next_turn_entry *entry);
static void on_turn_end(uv_prepare_t *prepare);

struct streams *streams_new(uv_loop_t *loop, const struct config *config,
                            stream_closed_fn *on_closed, stream_drained_fn *on_drained,
                            void *context)
{
    struct streams *all = calloc(1, sizeof *all);

    if (all == NULL)
        return NULL;
    all->config = config;
    all->on_closed = on_closed;
    all->on_drained = on_drained;
    all->context = context;
    all->end = record_new_end();
    if (heartbeat_init(&all->heartbeat, config) < 0 || all->end == NULL) {
        heartbeat_deinit(&all->heartbeat);
        record_unref(all->end);
        free(all);
        return NULL;
    }
    TAILQ_INIT(&all->by_age);
    TAILQ_INIT(&all->touched);
    next_turn_init(&all->drained, loop, tell_drained);
    uv_timer_init(loop, &all->timer);
    uv_prepare_init(loop, &all->turn_end);
    uv_prepare_start(&all->turn_end, on_turn_end);
    all->timer.data = all->turn_end.data = all;
    all->handles = 3;
    return all;
}

size_t streams_count(const struct streams *all)
{
    return all->count;
}

void streams_each_open(struct streams *all, void (*visit)(void *context, struct stream *stream),
                       void *context)
{
    /* Sending moves a stream to the tail: only as many as there are now are visited. */
    size_t left = all->count;

    for (struct stream *stream = TAILQ_FIRST(&all->by_age), *next; left > 0;
         stream = next, left--) {
        next = TAILQ_NEXT(stream, by_age);
        if (stream->state == STREAM_OPEN)
            visit(context, stream);
    }
}

static void on_set_handle_closed(uv_handle_t *handle)
{
    struct streams *all = handle->data;

    if (--all->handles > 0)
        return;
    heartbeat_deinit(&all->heartbeat);
    record_unref(all->end);
    free(all);
}

void streams_free(struct streams *all)
{
    if (all == NULL)
        return;
    uv_close((uv_handle_t *)&all->timer, on_set_handle_closed);
    next_turn_close(&all->drained, on_set_handle_closed, all);
    uv_close((uv_handle_t *)&all->turn_end, on_set_handle_closed);
}

/* --- states ----------------------------------------------------------------------------------- */

static void on_stream_handle_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void touch(struct stream *stream)
{
    if (stream->is_touched)
        return;
    stream->is_touched = true;
    TAILQ_INSERT_TAIL(&stream->all->touched, stream, touched);
}

/* The one place where a stream closes. Not to be called while somebody walks over streams. */
static void close_now(struct stream *stream, const char *reason)
{
    struct streams *all = stream->all;

    if (stream->state == STREAM_CLOSED)
        return;
    stream->state = STREAM_CLOSED;
    log_event(stream->is_abandoned ? LOG_INFO : LOG_DEBUG, "closed",
              "stream=%" PRIu64 " reason=\"%s\" age_s=%.1f unsent=%zu", stream->number,
              stream->reason ? stream->reason : reason, (double)stream_age_ms(stream) / 1000,
              stream->outlet.queue.bytes);
    if (stream->is_touched)
        TAILQ_REMOVE(&all->touched, stream, touched);
    next_turn_take(&all->drained, &stream->drained);
    TAILQ_REMOVE(&all->by_age, stream, by_age);
    all->count--;
    outlet_close(&stream->outlet, on_stream_handle_closed);
    all->on_closed(all->context, stream, stream->member);
}

void streams_close_all(struct streams *all, const char *reason)
{
    struct stream *stream;

    while ((stream = TAILQ_FIRST(&all->by_age)) != NULL)
        close_now(stream, reason);
}

void stream_abandon(struct stream *stream, const char *reason)
{
    if (stream->state == STREAM_CLOSED || stream->is_abandoned)
        return;
    stream->is_abandoned = true;
    stream->reason = reason;
    touch(stream);
}

static void set_deadline(struct streams *all)
{
    struct stream *oldest = TAILQ_FIRST(&all->by_age);
    uint64_t now = uv_now(all->timer.loop);

    if (oldest == NULL) {
        uv_timer_stop(&all->timer);
        return;
    }
    uint64_t due = oldest->sent_ms + all->config->heartbeat_ms;
    uv_timer_start(&all->timer, on_timer, due > now ? due - now : 0, 0);
}

static void move_to_tail(struct stream *stream)
{
    stream->sent_ms = uv_now(stream->all->timer.loop);
    TAILQ_REMOVE(&stream->all->by_age, stream, by_age);
    TAILQ_INSERT_TAIL(&stream->all->by_age, stream, by_age);
}

/* Streams that were not sent to for a heartbeat's time get one. */
static void on_timer(uv_timer_t *timer)
{
    struct streams *all = timer->data;
    uint64_t now = uv_now(timer->loop);
    struct stream *stream;

    while ((stream = TAILQ_FIRST(&all->by_age)) != NULL &&
           stream->sent_ms + all->config->heartbeat_ms <= now) {
        if (stream->state == STREAM_ENDING)
            stream_abandon(stream, "the end was not read");
        else if (stream->outlet.queue.count == 0) /* else there is news enough on its way */
            stream_send(stream, stream->has_events ? all->heartbeat.event : all->heartbeat.comment);
        move_to_tail(stream);
    }
    set_deadline(all);
}

/* --- reading and writing ---------------------------------------------------------------------- */

/* Writes what waits. Returns -1 when the peer is gone. */
static int write_out(struct stream *stream)
{
    ssize_t written = outlet_write(&stream->outlet);

    if (written > 0 && stream->state == STREAM_ENDING)
        move_to_tail(stream); /* it reads: its deadline moves on */
    return written < 0 ? -1 : 0;
}

/* The web server ended its side: the client is gone. A server that still reads (lighttpd does, and
 * logs an error otherwise) is told that the request is over. */
static void leave(struct stream *stream)
{
    if (stream->outlet.queue.count == 0) {
        stream_send(stream, stream->all->end);
        write_out(stream);
    }
    close_now(stream, "client gone");
}

static void flush(struct stream *stream)
{
    if (stream->is_abandoned) {
        close_now(stream, stream->reason);
    } else if (write_out(stream) < 0) {
        close_now(stream, "client gone");
    } else if (stream->state == STREAM_ENDING && stream->outlet.queue.count == 0) {
        outlet_drop_input(
            &stream->outlet); /* unread bytes at close would throw away what we sent */
        close_now(stream, "ended");
    } else if (stream->wants_drained && stream->outlet.queue.count == 0) {
        next_turn_put(&stream->all->drained, &stream->drained);
    }
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct stream *stream = poll->data;

    if (stream->state == STREAM_CLOSED)
        return;
    enum outlet_input input = outlet_look(&stream->outlet, status, events);
    if (input == INPUT_BROKEN)
        close_now(stream, "client gone");
    else if (input == INPUT_ENDED)
        leave(stream);
    else if (events & UV_WRITABLE)
        flush(stream);
}

static void on_turn_end(uv_prepare_t *prepare)
{
    struct streams *all = prepare->data;
    struct stream *stream;

    while ((stream = TAILQ_FIRST(&all->touched)) != NULL) {
        TAILQ_REMOVE(&all->touched, stream, touched);
        stream->is_touched = false;
        flush(stream);
    }
}

static void tell_drained(struct next_turn_entry *entry)
{
    struct stream *stream = (struct stream *)((char *)entry - offsetof(struct stream, drained));

    /* Meanwhile it may have been sent to: flush then puts it there again. */
    if (stream->state != STREAM_OPEN || stream->is_abandoned || stream->outlet.queue.count > 0)
        return;
    stream->wants_drained = false;
    stream->all->on_drained(stream->all->context, stream, stream->member);
}

/* --- one stream ------------------------------------------------------------------------------- */

struct stream *stream_new(struct streams *all, int fd, uint16_t request_id)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) {
        close(fd);
        return NULL;
    }
    if (outlet_open(&stream->outlet, all->timer.loop, fd, request_id == RECORD_UNFRAMED, on_socket,
                    stream) < 0) {
        free(stream);
        return NULL;
    }
    stream->all = all;
    stream->request_id = request_id;
    stream->number = ++all->last_number;
    stream->opened_ms = stream->sent_ms = uv_now(all->timer.loop);
    TAILQ_INSERT_TAIL(&all->by_age, stream, by_age);
    if (all->count++ == 0)
        set_deadline(all);
    return stream;
}

uint64_t stream_number(const struct stream *stream)
{
    return stream->number;
}

bool stream_is_open(const struct stream *stream)
{
    return stream->state == STREAM_OPEN && !stream->is_abandoned;
}

uint64_t stream_age_ms(const struct stream *stream)
{
    return uv_now(stream->all->timer.loop) - stream->opened_ms;
}

void stream_set_member(struct stream *stream, void *member)
{
    stream->member = member;
}

void *stream_member(const struct stream *stream)
{
    return stream->member;
}

void stream_show_heartbeats(struct stream *stream)
{
    stream->has_events = true;
}

size_t stream_backlog(const struct stream *stream)
{
    return queue_bytes_behind(&stream->outlet.queue);
}

void stream_send(struct stream *stream, struct record *record)
{
    if (stream->state != STREAM_OPEN || stream->is_abandoned)
        return;
    struct record *own = record_for_request(record, stream->request_id);
    if (own == NULL || queue_take(&stream->outlet.queue, own) < 0) {
        stream_abandon(stream, "no memory");
        return;
    }
    move_to_tail(stream);
    touch(stream);
}

void stream_send_bytes(struct stream *stream, const void *bytes, size_t len)
{
    struct record *record = record_new_output(bytes, len);

    if (record != NULL)
        stream_send(stream, record);
    else
        stream_abandon(stream, "no memory");
    record_unref(record);
}

void stream_tell_when_drained(struct stream *stream)
{
    if (stream->state != STREAM_OPEN || stream->is_abandoned)
        return;
    stream->wants_drained = true;
    if (stream->outlet.queue.count == 0)
        next_turn_put(&stream->all->drained, &stream->drained);
}

void stream_end(struct stream *stream, const char *reason)
{
    if (stream->state != STREAM_OPEN)
        return;
    stream_send(stream, stream->all->end);
    stream->state = STREAM_ENDING;
    if (stream->reason == NULL)
        stream->reason = reason;
}
