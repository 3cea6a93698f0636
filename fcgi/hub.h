/* Who follows what: channels and patterns -> streams; and how an event gets to each of them.
 *
 * The hub does no I/O. It is told what Redis says by the functions below and asks for what it needs
 * by its hooks. A *topic* is a channel or pattern that some stream follows: it exists while a
 * stream follows it or Redis has not confirmed yet that it is dropped.
 *
 * A stream becomes live so: every topic of it is confirmed; the hub asks for the horizon, the
 * newest id so far; the stream gets `stream-open` with the horizon as its id, then the live events
 * above it, which waited meanwhile. Nothing at or below a stream's position is ever sent to it:
 * that makes a channel and a pattern that both match one delivery. An event without an id, which
 * has no place in that order, goes by the first topic of the stream that matches. */
#ifndef SSE_HUB_H
#define SSE_HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "core/event_id.h"
#include "stream.h"

struct hub;
struct topic;
struct follower; /* a stream's membership */

/* What the hub asks for. Only called while it is connected; may be called from within any function
 * below; must not call back into the hub before they return. */
struct hub_hooks {
    void *context;
    void (*subscribe)(void *context, struct topic *topic);   /* -> hub_subscribed */
    void (*unsubscribe)(void *context, struct topic *topic); /* -> hub_unsubscribed */
    void (*ask_horizon)(void *context);                      /* -> hub_open, by a request made
                                                                from now on */
};

/* NULL without memory. `config` must live as long. */
struct hub *hub_new(const struct config *config);

/* Before anything else but hub_new. */
void hub_set_hooks(struct hub *hub, const struct hub_hooks *hooks);

/* Frees the hub; every follower must have left. NULL does nothing. */
void hub_free(struct hub *hub);

/* The stream follows `count` channels and patterns, all checked and different (copied). NULL
 * without memory. `wrap`: data comes as JSON that names its channel. */
struct follower *hub_join(struct hub *hub, struct stream *stream, char *const *names, size_t count,
                          bool wrap);

/* Ends the membership; for a closed stream, so nothing is sent. NULL does nothing. */
void hub_leave(struct follower *follower);

const char *topic_name(const struct topic *topic);

/* Redis is there, with no subscriptions: asks to subscribe to every topic. */
void hub_connected(struct hub *hub);

/* Redis is gone, and every subscription with it: all streams start anew, once it is back. */
void hub_disconnected(struct hub *hub);

/* Redis confirmed what a hook asked for. An unsubscribed topic may be freed in here. */
void hub_subscribed(struct hub *hub, struct topic *topic);
void hub_unsubscribed(struct hub *hub, struct topic *topic);

/* The answer to ask_horizon: opens the streams that it was asked for. */
void hub_open(struct hub *hub, struct event_id horizon);

/* A message on `channel` came by the subscription of `topic`. Refused ones are logged. */
void hub_message(struct hub *hub, struct topic *topic, const char *channel, const char *message,
                 size_t len);

#endif
