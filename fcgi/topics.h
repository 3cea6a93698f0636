/* The channels and patterns that streams follow, and where each stands with Redis.
 *
 * A topic exists while a stream follows it or Redis has not confirmed yet that it is dropped. An
 * UNSUBSCRIBE on its way counts as not confirmed, and nothing is subscribed to again before that is
 * answered. */
#ifndef SSE_TOPICS_H
#define SSE_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/event_id.h"

struct follower;

enum topic_state { TOPIC_IDLE, TOPIC_SUBSCRIBING, TOPIC_CONFIRMED, TOPIC_UNSUBSCRIBING };

/* A topic among those of a follower. */
struct link {
    struct topic *topic;
    struct follower *follower;
    LIST_ENTRY(link) of_topic;
};

struct topic {
    enum topic_state state;
    bool is_asked;  /* the answer that is on its way will list its channels */
    bool is_listed; /* since it was confirmed, Redis told all channels that it means */
    struct event_id listed_at;
    LIST_HEAD(, link) links;
    LIST_ENTRY(topic) of_topics;
    char name[];
};

/* What the topics need done. `dropped`: a topic is about to be unsubscribed. None may call back. */
struct topics_hooks {
    void *context;
    void (*subscribe)(void *context, struct topic *topic);
    void (*unsubscribe)(void *context, struct topic *topic);
    void (*dropped)(void *context, const struct topic *topic);
};

struct topics {
    struct topics_hooks hooks;
    bool is_connected;
    void *tree; /* by name, for tsearch(3) */
    LIST_HEAD(, topic) all;
};

void topics_init(struct topics *topics);

/* Adds a link to the topic of that name, made if there is none. Returns 0, or -1 without memory. */
int topics_link(struct topics *topics, struct link *link, const char *name);

/* Takes it away again; the topic may be gone afterwards. */
void topics_unlink(struct topics *topics, struct link *link);

/* The topics that mean a channel, first its own; `topic` NULL begins. NULL: there are no more. */
struct topic *topics_next(const struct topics *topics, const char *channel,
                          const struct topic *topic);

/* Whether a confirmed topic covers the channel: Redis tells us all that happens on it. */
bool topics_cover(const struct topics *topics, const char *channel);

/* Redis is there, with no subscriptions; or gone, with all of them. */
void topics_connected(struct topics *topics);
void topics_disconnected(struct topics *topics);

/* Redis confirmed it. An unsubscribed topic may be gone afterwards. */
void topics_subscribed(struct topics *topics, struct topic *topic);
void topics_unsubscribed(struct topics *topics, struct topic *topic);

#endif
