/* Streams whose header waits. */
#include "greeting.h"

#include <stdlib.h>
#include <sys/queue.h>

/* Less than a stream may live at least; and nothing, also no heartbeat, may come before the header.
 */
#define WAIT_MS               700
#define WAIT_OF(heartbeat_ms) ((heartbeat_ms)*3 / 4)

struct greeting {
    struct greetings *all;
    struct follower *follower;
    struct record *begin, *over;
    uint64_t due_ms;
    TAILQ_ENTRY(greeting) next;
};

struct greetings {
    uv_timer_t timer; /* for the first of the list: all wait for the same time */
    uint64_t wait_ms;
    TAILQ_HEAD(, greeting) list;
};

struct greetings *greetings_new(uv_loop_t *loop, const struct config *config)
{
    struct greetings *greetings = calloc(1, sizeof *greetings);

    if (greetings == NULL)
        return NULL;
    TAILQ_INIT(&greetings->list);
    greetings->wait_ms = WAIT_OF(config->heartbeat_ms);
    if (greetings->wait_ms > WAIT_MS)
        greetings->wait_ms = WAIT_MS;
    uv_timer_init(loop, &greetings->timer);
    greetings->timer.data = greetings;
    return greetings;
}

static void on_due(uv_timer_t *timer)
{
    struct greetings *greetings = timer->data;
    struct greeting *greeting;

    while ((greeting = TAILQ_FIRST(&greetings->list)) != NULL &&
           greeting->due_ms <= uv_now(timer->loop))
        greeting_decide(greeting, false);
    if (greeting != NULL)
        uv_timer_start(timer, on_due, greeting->due_ms - uv_now(timer->loop), 0);
}

int greetings_add(struct greetings *greetings, struct follower *follower, const struct buf *begin,
                  const struct buf *over)
{
    struct greeting *greeting = calloc(1, sizeof *greeting);

    if (greeting == NULL)
        return -1;
    greeting->begin = record_new_output(begin->data, begin->len);
    greeting->over = record_new_output(over->data, over->len);
    if (greeting->begin == NULL || greeting->over == NULL) {
        record_unref(greeting->begin);
        record_unref(greeting->over);
        free(greeting);
        return -1;
    }
    greeting->all = greetings;
    greeting->follower = follower;
    greeting->due_ms = uv_now(greetings->timer.loop) + greetings->wait_ms;
    if (TAILQ_EMPTY(&greetings->list))
        uv_timer_start(&greetings->timer, on_due, greetings->wait_ms, 0);
    TAILQ_INSERT_TAIL(&greetings->list, greeting, next);
    follower->greeting = greeting;
    return 0;
}

void greeting_decide(struct greeting *greeting, bool is_over)
{
    if (greeting == NULL)
        return;
    struct stream *stream = greeting->follower->stream;
    stream_send(stream, is_over ? greeting->over : greeting->begin);
    if (is_over)
        stream_end(stream, "all channels ended");
    greeting_drop(greeting);
}

void greeting_drop(struct greeting *greeting)
{
    if (greeting == NULL)
        return;
    struct greetings *all = greeting->all;
    greeting->follower->greeting = NULL;
    TAILQ_REMOVE(&all->list, greeting, next);
    if (TAILQ_EMPTY(&all->list))
        uv_timer_stop(&all->timer);
    record_unref(greeting->begin);
    record_unref(greeting->over);
    free(greeting);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void greetings_free(struct greetings *greetings)
{
    if (greetings != NULL)
        uv_close((uv_handle_t *)&greetings->timer, on_closed);
}
