/* A hub whose hooks are written down, with real streams to peers that read them. */
#ifndef SSE_TEST_HUB_FIXTURE_H
#define SSE_TEST_HUB_FIXTURE_H

#include "core/log.h"
#include "hub.h"
#include "loop.h"
#include "peer.h"
#include "test.h"

#define CLIENTS 16
#define TOPICS  16

struct client {
    struct peer peer;
    struct stream *stream; /* NULL once it is closed */
};

/* A topic that a hook was called for. */
struct seen_topic {
    char name[CHANNEL_MAX + 3];
    struct topic *topic;
};

struct hub_fixture {
    struct test_loop loop;
    struct config config;
    struct streams *streams;
    struct hub *hub;
    struct buf
        asked; /* what the hooks were called for: "+jobs", "-jobs", "?" with a space between */
    struct seen_topic topics[TOPICS];
    size_t topic_count;
    struct client clients[CLIENTS];
    size_t client_count;
};

static struct hub_fixture f;

static inline void note(char mark, struct topic *topic)
{
    const char *name = topic != NULL ? topic_name(topic) : "";
    size_t i = 0;

    /* Within the memory that hub_set_up made: this is no allocation of the hub's. */
    buf_adds(&f.asked, f.asked.len > 0 ? " " : "");
    buf_add(&f.asked, &mark, 1);
    buf_adds(&f.asked, name);
    if (mark != '+')
        return;
    while (i < f.topic_count && strcmp(f.topics[i].name, name) != 0)
        i++;
    assert_true(i < TOPICS);
    if (i == f.topic_count)
        f.topic_count++;
    strcpy(f.topics[i].name, name);
    f.topics[i].topic = topic;
}

static inline void on_subscribe(UNUSED void *context, struct topic *topic)
{
    note('+', topic);
}

static inline void on_unsubscribe(UNUSED void *context, struct topic *topic)
{
    note('-', topic);
}

static inline void on_ask(UNUSED void *context)
{
    note('?', NULL);
}

static inline void on_client_closed(UNUSED void *context, struct stream *stream, void *member)
{
    for (size_t i = 0; i < f.client_count; i++)
        if (f.clients[i].stream == stream)
            f.clients[i].stream = NULL;
    hub_leave(member);
}

static inline int hub_set_up(UNUSED void **state)
{
    static const char room[8192];

    f = (struct hub_fixture){
        .config = {.heartbeat_ms = 3600000, .queue_max = 1 << 20, .event_max = 256 * 1024}};
    buf_init(&f.asked, SIZE_MAX);
    buf_add(&f.asked, room, sizeof room);
    buf_clear(&f.asked);
    loop_open(&f.loop);
    f.streams = streams_new(&f.loop.loop, &f.config, on_client_closed, NULL, NULL);
    f.hub = hub_new(&f.config);
    assert_true(f.streams != NULL && f.hub != NULL);
    hub_set_hooks(f.hub, &(struct hub_hooks){.subscribe = on_subscribe,
                                             .unsubscribe = on_unsubscribe,
                                             .ask_horizon = on_ask});
    return 0;
}

static inline int hub_tear_down(UNUSED void **state)
{
    streams_close_all(f.streams, "the test is over");
    hub_free(f.hub);
    streams_free(f.streams);
    loop_close(&f.loop);
    for (size_t i = 0; i < f.client_count; i++)
        peer_close(&f.clients[i].peer);
    buf_deinit(&f.asked);
    return 0;
}

/* Fails the test unless exactly this was asked for since the last time. */
static inline void assert_asked(const char *expected)
{
    assert_string_equal(buf_text(&f.asked), expected);
    buf_clear(&f.asked);
}

static inline struct topic *topic_of(const char *name)
{
    for (size_t i = 0; i < f.topic_count; i++)
        if (strcmp(f.topics[i].name, name) == 0)
            return f.topics[i].topic;
    fail_msg("no topic %s", name);
    return NULL;
}

/* A new client that follows `names`, with commas between. */
static inline struct client *join(const char *names, bool wrap)
{
    char copy[1000], *rest = copy, *list[20];
    size_t count = 0;

    assert_true(f.client_count < CLIENTS);
    struct client *client = &f.clients[f.client_count++];
    strcpy(copy, names);
    while ((list[count] = strsep(&rest, ",")) != NULL)
        count++;
    client->stream = stream_new(f.streams, peer_open(&client->peer, SOCK_STREAM, 1), 1);
    assert_non_null(client->stream);
    struct follower *follower = hub_join(f.hub, client->stream, list, count, wrap);
    assert_non_null(follower);
    stream_set_member(client->stream, follower);
    return client;
}

static inline void leave(struct client *client)
{
    stream_abandon(client->stream, "the client left");
    loop_turn(&f.loop);
    assert_null(client->stream);
}

static inline void confirm(const char *name)
{
    hub_subscribed(f.hub, topic_of(name));
}

static inline void confirm_drop(const char *name)
{
    hub_unsubscribed(f.hub, topic_of(name));
}

static inline void open_at(uint64_t ms)
{
    hub_open(f.hub, (struct event_id){ms, 0});
}

/* A client of one topic, made live at the horizon. */
static inline struct client *join_live(const char *name, uint64_t horizon_ms)
{
    struct client *client = join(name, false);

    confirm(name);
    open_at(horizon_ms);
    buf_clear(&f.asked);
    return client;
}

static inline void raw_message(const char *topic, const char *channel, const char *message)
{
    hub_message(f.hub, topic_of(topic), channel, message, strlen(message));
}

/* A message with the id `ms`-0 (0: no id), whose data is `data`. */
static inline void message(const char *topic, const char *channel, uint64_t ms, const char *data)
{
    char text[1000];

    if (ms > 0)
        snprintf(text, sizeof text,
                 "{\"id\":\"%ju-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\",\"data\":\"%s\"}",
                 (uintmax_t)ms, data);
    else
        snprintf(text, sizeof text, "{\"data\":\"%s\"}", data);
    raw_message(topic, channel, text);
}

/* Fails the test unless the client got exactly this so far (see peer_told). */
static inline void assert_told(struct client *client, const char *expected)
{
    loop_turn(&f.loop);
    assert_string_equal(peer_told(&client->peer), expected);
}

#define OPENED(names, id) "stream-open@" id "={\"channels\":[" names "],\"resumed\":false}"

#endif
