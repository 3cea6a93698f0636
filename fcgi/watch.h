/* Looks after the connections to Redis once each heartbeat: does the server still answer, is it
 * still a master, and was everything heard that it published?
 *
 * The asking connection is asked for the newest ids of some channels; then the control channel is
 * subscribed to once more, since those events must have come before the answer to that. */
#ifndef SSE_WATCH_H
#define SSE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "config.h"
#include "core/channel.h"
#include "core/event_id.h"
#include "hub.h"
#include "redis_link.h"

#define WATCH_SAMPLE_MAX 256 /* channels that are looked after at a time */

/* The connections are of no use any more. */
typedef void watch_lost_fn(void *context, const char *why);

struct watch {
    uv_timer_t timer; /* the next look, or the deadline of the present one */
    const struct config *config;
    struct hub *hub;
    struct redis_link *subscriber, *reader;
    watch_lost_fn *on_lost;
    void *context;
    bool is_last; /* of the present look only the control channel's answer is missing */
    size_t count;
    struct {
        char channel[CHANNEL_MAX + 1];
        struct event_id newest;
    } expected[WATCH_SAMPLE_MAX];
};

/* `config` and `hub` must live as long. */
void watch_init(struct watch *watch, uv_loop_t *loop, const struct config *config, struct hub *hub,
                watch_lost_fn *on_lost, void *context);

/* Both connections are up. */
void watch_start(struct watch *watch, struct redis_link *subscriber, struct redis_link *reader);

/* They are not any more. */
void watch_stop(struct watch *watch);

/* An answer on the asking connection. Returns whether it was to the watch's question. */
bool watch_take(struct watch *watch, void *about, const redisReply *reply);

/* The control channel's subscription is confirmed, for the first time or again. */
void watch_heard(struct watch *watch);

/* The memory must stay until `on_closed` is called, with &watch->timer, whose data is then `data`.
 */
void watch_close(struct watch *watch, uv_close_cb on_closed, void *data);

#endif
