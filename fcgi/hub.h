/* Who follows what: channels and patterns -> streams; and how an event gets to each of them,
 * exactly once and in order (design 5a).
 *
 * The hub does no I/O. It is told what Redis says by the functions below and asks for what it needs
 * by its hooks. What each stream gets, and from where, is decided in follower.h. */
#ifndef SSE_HUB_H
#define SSE_HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "core/event_id.h"
#include "follower.h"
#include "log_reads.h"
#include "start.h"
#include "starts.h"
#include "stream.h"
#include "topics.h"

struct hub;

/* What the hub asks for. Only called while it is connected; may be called from within any function
 * below; must not call back into the hub before they return. */
struct hub_hooks {
    void *context;
    void (*subscribe)(void *context, struct topic *topic);   /* -> hub_subscribed */
    void (*unsubscribe)(void *context, struct topic *topic); /* -> hub_unsubscribed */
    starts_ask_fn *ask_start; /* -> hub_started, by a request made from now on */
    log_send_fn *read_log;    /* -> hub_page */
};

/* NULL without memory. `config` must live as long. */
struct hub *hub_new(const struct config *config);

/* Before anything else but hub_new. */
void hub_set_hooks(struct hub *hub, const struct hub_hooks *hooks);

/* What greetings are handed to. Before the first one. */
void hub_set_greet(struct hub *hub, follower_greet_fn *greet);

/* Frees the hub; every follower must have left. NULL does nothing. */
void hub_free(struct hub *hub);

/* The stream follows `count` channels and patterns, all checked and different (copied). NULL
 * without memory. `is_wrapped`: data comes as JSON that names its channel. Nothing is sent before
 * hub_start. */
struct follower *hub_join(struct hub *hub, struct stream *stream, char *const *names, size_t count,
                          const struct start *start, bool is_wrapped);

/* Starts it: from now on its stream may be sent to. Once. */
void hub_start(struct follower *follower);

/* Ends the membership; for a closed stream, so nothing is sent. NULL does nothing. */
void hub_leave(struct follower *follower);

/* Redis is there, with no subscriptions: asks to subscribe to every topic. */
void hub_connected(struct hub *hub);

/* Redis is gone, and every subscription with it: all streams start anew, once it is back. */
void hub_disconnected(struct hub *hub);

/* Redis confirmed what a hook asked for. An unsubscribed topic may be freed in here. */
void hub_subscribed(struct hub *hub, struct topic *topic);
void hub_unsubscribed(struct hub *hub, struct topic *topic);

/* The answer to ask_start: starts the streams that it was asked for. */
void hub_started(struct hub *hub, const struct start_answer *answer);

/* A message on `channel` came by the subscription of `topic`. Refused ones are logged. */
void hub_message(struct hub *hub, struct topic *topic, const char *channel, const char *message,
                 size_t len);

/* A page of a log is there, NULL without memory for it: what was read by `pending`. */
void hub_page(struct hub *hub, struct pending_read *pending, struct page *page);

/* Up to `max` names of channels that events are known of, others each time; valid until the next
 * call into the hub. Returns how many. */
size_t hub_sample(struct hub *hub, const char **names, size_t max);

/* Redis says that the channel's newest event is `last` (0-0: that it knows none), and everything
 * that it sent before that has been heard. */
void hub_verify(struct hub *hub, const char *channel, struct event_id last);

#endif
