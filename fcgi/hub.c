/* Channels, patterns, and the streams that follow them. */
#include "hub.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "broadcast.h"
#include "core/channel.h"
#include "core/frame.h"
#include "core/log.h"
#include "held.h"

/* Where a topic stands with Redis. An UNSUBSCRIBE on its way counts as not confirmed, and a topic
 * is never subscribed to again before it is answered. */
enum topic_state { TOPIC_IDLE, TOPIC_SUBSCRIBING, TOPIC_CONFIRMED, TOPIC_UNSUBSCRIBING };

/* Where a follower stands; see the top of hub.h. */
enum phase {
    PHASE_UNCONFIRMED, /* some topic of it is not confirmed */
    PHASE_READY,       /* on hub->ready: the next horizon is for it */
    PHASE_ASKED,       /* on hub->asked: the horizon is on its way */
    PHASE_LIVE
};

/* A topic among those of a follower. */
struct link {
    struct topic *topic;
    struct follower *follower;
    LIST_ENTRY(link) of_topic;
};

struct follower {
    struct hub *hub;
    struct stream *stream;
    enum phase phase;
    bool wrap;
    struct event_id position; /* the newest id queued to it */
    struct held held;         /* live events that came before it is open */
    LIST_ENTRY(follower) of_hub;
    TAILQ_ENTRY(follower) waiting; /* on hub->ready or hub->asked */
    size_t link_count;
    struct link links[];
};

struct topic {
    enum topic_state state;
    LIST_HEAD(, link) links;
    LIST_ENTRY(topic) of_hub;
    char name[];
};

TAILQ_HEAD(waiting_list, follower);

struct hub {
    const struct config *config;
    struct hub_hooks hooks;
    bool is_connected;
    bool is_asking; /* a horizon is on its way, perhaps for nobody who is still here */
    void *tree;     /* of topics by name, for tsearch(3) */
    LIST_HEAD(, topic) topics;
    LIST_HEAD(, follower) followers;
    struct waiting_list ready;
    struct waiting_list asked;
    struct broadcast broadcast;
};

struct hub *hub_new(const struct config *config)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL)
        return NULL;
    hub->config = config;
    LIST_INIT(&hub->topics);
    LIST_INIT(&hub->followers);
    TAILQ_INIT(&hub->ready);
    TAILQ_INIT(&hub->asked);
    return hub;
}

void hub_set_hooks(struct hub *hub, const struct hub_hooks *hooks)
{
    hub->hooks = *hooks;
}

/* --- topics ----------------------------------------------------------------------------------- */

/* The tree's keys are pointers to names, which are within the topics. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct topic *topic_of_name(const char *name)
{
    return (struct topic *)(name - offsetof(struct topic, name));
}

const char *topic_name(const struct topic *topic)
{
    return topic->name;
}

/* The topic of that name, made if there is none. NULL without memory. */
static struct topic *find_topic(struct hub *hub, const char *name)
{
    char *const *found = tfind(name, &hub->tree, compare_names);

    if (found != NULL)
        return topic_of_name(*found);
    struct topic *topic = calloc(1, sizeof *topic + strlen(name) + 1);
    if (topic == NULL)
        return NULL;
    strcpy(topic->name, name);
    if (tsearch(topic->name, &hub->tree, compare_names) == NULL) {
        free(topic);
        return NULL;
    }
    LIST_INIT(&topic->links);
    LIST_INSERT_HEAD(&hub->topics, topic, of_hub);
    return topic;
}

/* Does what the topic needs now: subscribes, unsubscribes, frees it, or waits for an answer. */
static void settle(struct hub *hub, struct topic *topic)
{
    bool is_followed = !LIST_EMPTY(&topic->links);

    if (topic->state == TOPIC_IDLE && is_followed && hub->is_connected) {
        topic->state = TOPIC_SUBSCRIBING;
        hub->hooks.subscribe(hub->hooks.context, topic);
    } else if (topic->state == TOPIC_CONFIRMED && !is_followed) {
        topic->state = TOPIC_UNSUBSCRIBING;
        hub->hooks.unsubscribe(hub->hooks.context, topic);
    } else if (topic->state == TOPIC_IDLE && !is_followed) {
        LIST_REMOVE(topic, of_hub);
        tdelete(topic->name, &hub->tree, compare_names);
        free(topic);
    }
}

/* --- followers -------------------------------------------------------------------------------- */

/* The one place where a follower's phase changes. */
static void set_phase(struct follower *follower, enum phase phase)
{
    struct hub *hub = follower->hub;

    if (follower->phase == PHASE_READY)
        TAILQ_REMOVE(&hub->ready, follower, waiting);
    else if (follower->phase == PHASE_ASKED)
        TAILQ_REMOVE(&hub->asked, follower, waiting);
    follower->phase = phase;
    if (phase == PHASE_READY)
        TAILQ_INSERT_TAIL(&hub->ready, follower, waiting);
    else if (phase == PHASE_ASKED)
        TAILQ_INSERT_TAIL(&hub->asked, follower, waiting);
}

/* Asks for one horizon for all that are ready. While one is on its way, more may become ready:
 * theirs must be of a later moment, so it is asked for when the first has come. */
static void ask(struct hub *hub)
{
    struct follower *follower;

    if (hub->is_asking || TAILQ_EMPTY(&hub->ready))
        return;
    hub->is_asking = true;
    while ((follower = TAILQ_FIRST(&hub->ready)) != NULL)
        set_phase(follower, PHASE_ASKED);
    hub->hooks.ask_horizon(hub->hooks.context);
}

static void make_ready_if_confirmed(struct follower *follower)
{
    if (follower->phase != PHASE_UNCONFIRMED)
        return;
    for (size_t i = 0; i < follower->link_count; i++)
        if (follower->links[i].topic->state != TOPIC_CONFIRMED)
            return;
    set_phase(follower, PHASE_READY);
}

struct follower *hub_join(struct hub *hub, struct stream *stream, char *const *names, size_t count,
                          bool wrap)
{
    struct follower *follower = calloc(1, sizeof *follower + count * sizeof *follower->links);

    if (follower == NULL)
        return NULL;
    follower->hub = hub;
    follower->stream = stream;
    follower->wrap = wrap;
    held_init(&follower->held);
    LIST_INSERT_HEAD(&hub->followers, follower, of_hub);
    for (size_t i = 0; i < count; i++) {
        struct link *link = &follower->links[i];
        link->topic = find_topic(hub, names[i]);
        if (link->topic == NULL) {
            hub_leave(follower);
            return NULL;
        }
        link->follower = follower;
        LIST_INSERT_HEAD(&link->topic->links, link, of_topic);
        follower->link_count++;
        settle(hub, link->topic);
    }
    make_ready_if_confirmed(follower);
    ask(hub);
    return follower;
}

void hub_leave(struct follower *follower)
{
    if (follower == NULL)
        return;
    for (size_t i = 0; i < follower->link_count; i++) {
        LIST_REMOVE(&follower->links[i], of_topic);
        settle(follower->hub, follower->links[i].topic);
    }
    set_phase(follower, PHASE_UNCONFIRMED);
    LIST_REMOVE(follower, of_hub);
    held_drop(&follower->held);
    free(follower);
}

/* --- what Redis says -------------------------------------------------------------------------- */

static void settle_all(struct hub *hub)
{
    for (struct topic *topic = LIST_FIRST(&hub->topics), *next; topic != NULL; topic = next) {
        next = LIST_NEXT(topic, of_hub);
        settle(hub, topic);
    }
}

void hub_connected(struct hub *hub)
{
    hub->is_connected = true;
    settle_all(hub);
}

void hub_disconnected(struct hub *hub)
{
    struct follower *follower;
    struct topic *topic;

    hub->is_connected = hub->is_asking = false;
    LIST_FOREACH (topic, &hub->topics, of_hub)
        topic->state = TOPIC_IDLE;
    LIST_FOREACH (follower, &hub->followers, of_hub) {
        set_phase(follower, PHASE_UNCONFIRMED);
        held_drop(&follower->held);
    }
    settle_all(hub);
}

void hub_subscribed(struct hub *hub, struct topic *topic)
{
    struct link *link;

    topic->state = TOPIC_CONFIRMED;
    LIST_FOREACH (link, &topic->links, of_topic)
        make_ready_if_confirmed(link->follower);
    settle(hub, topic);
    ask(hub);
}

void hub_unsubscribed(struct hub *hub, struct topic *topic)
{
    topic->state = TOPIC_IDLE;
    settle(hub, topic);
}

/* Sends `stream-open`: from here on the client is live and has a cursor. */
static void send_open(struct follower *follower, struct event_id horizon)
{
    struct event event = {.id = horizon, .name = (char[]){"stream-open"}};
    struct buf data, frame;

    buf_init(&data, SIZE_MAX);
    buf_init(&frame, SIZE_MAX);
    int result = buf_adds(&data, "{\"channels\":[");
    for (size_t i = 0; i < follower->link_count && result == 0; i++)
        result = buf_addf(&data, "%s\"%s\"", i > 0 ? "," : "", follower->links[i].topic->name);
    if (result == 0 && buf_adds(&data, "],\"resumed\":false}") == 0) {
        event.data = data.data;
        event.data_len = data.len;
        result = frame_encode(&frame, &event);
    }
    if (result == 0)
        stream_send_bytes(follower->stream, frame.data, frame.len);
    else
        stream_abandon(follower->stream, "no memory");
    buf_deinit(&data);
    buf_deinit(&frame);
}

/* Sends one event, unless the follower has it. */
static void deliver(struct follower *follower, struct event_id id, struct record *record)
{
    if (!event_id_is_none(id)) {
        if (event_id_compare(id, follower->position) <= 0)
            return;
        follower->position = id;
    }
    stream_send(follower->stream, record);
}

static void open_follower(struct follower *follower, struct event_id horizon)
{
    struct record *record;
    struct event_id id;

    set_phase(follower, PHASE_LIVE);
    follower->position = horizon;
    send_open(follower, horizon);
    while ((record = held_take(&follower->held, &id)) != NULL) {
        deliver(follower, id, record);
        record_unref(record);
    }
}

void hub_open(struct hub *hub, struct event_id horizon)
{
    struct follower *follower;

    hub->is_asking = false;
    while ((follower = TAILQ_FIRST(&hub->asked)) != NULL)
        open_follower(follower, horizon);
    ask(hub);
}

/* --- live events ------------------------------------------------------------------------------ */

/* Whether no topic of the follower before this one matches the channel. */
static bool is_first_match(const struct link *link, const char *channel)
{
    for (const struct link *at = link->follower->links; at < link; at++)
        if (channel_match(at->topic->name, channel))
            return false;
    return true;
}

static void offer(struct follower *follower, struct event_id id, struct broadcast *broadcast)
{
    struct record *record = broadcast_record(broadcast, follower->wrap);

    if (record == NULL)
        stream_abandon(follower->stream, "no memory");
    else if (stream_backlog(follower->stream) + held_bytes_behind(&follower->held) >
             follower->hub->config->queue_max)
        stream_abandon(follower->stream, "too far behind");
    else if (follower->phase == PHASE_LIVE)
        deliver(follower, id, record);
    else if (held_add(&follower->held, id, record) < 0)
        stream_abandon(follower->stream, "no memory");
}

void hub_message(struct hub *hub, struct topic *topic, const char *channel, const char *message,
                 size_t len)
{
    struct broadcast *broadcast = &hub->broadcast;
    const char *why = broadcast_set(broadcast, channel, message, len, hub->config->event_max);
    struct link *link;

    if (why != NULL) {
        log_event(LOG_WARNING, "refused", "channel=%s bytes=%zu reason=\"%s\"", channel, len, why);
        return;
    }
    struct event_id id = broadcast->event.id;
    LIST_FOREACH (link, &topic->links, of_topic)
        if (!event_id_is_none(id) || is_first_match(link, channel))
            offer(link->follower, id, broadcast);
}

void hub_free(struct hub *hub)
{
    if (hub == NULL)
        return;
    hub_disconnected(hub); /* frees topics that waited for an answer */
    broadcast_deinit(&hub->broadcast);
    free(hub);
}
