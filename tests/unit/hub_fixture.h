/* A hub whose hooks are written down, with real streams to peers that read them. */
#ifndef SSE_TEST_HUB_FIXTURE_H
#define SSE_TEST_HUB_FIXTURE_H

#include "core/log.h"
#include "events.h"
#include "hub.h"
#include "loop.h"
#include "peer.h"
#include "test.h"

#define CLIENTS 16
#define TOPICS  16
#define READS   64

struct client {
    struct peer peer;
    struct stream *stream; /* NULL once it is closed */
    struct follower *follower;
};

/* A topic that a hook was called for. */
struct seen_topic {
    char name[CHANNEL_MAX + 3];
    struct topic *topic;
};

/* The newest event of a channel that `message` made. */
struct said {
    char channel[CHANNEL_MAX + 1];
    uint64_t last, prev;
};

struct hub_fixture {
    struct test_loop loop;
    struct config config;
    struct streams *streams;
    struct hub *hub;
    /* What the hooks were called for, with a space between: "+jobs", "-jobs", "?jobs,other" for a
     * start, "<jobs(5,10]32" for a read of 32 from 5 to 10, "<jobs~10]2" for the newest 2. */
    struct buf asked;
    struct event_id asked_seen; /* of the last start */
    struct pending_read *reads[READS];
    size_t read_count;
    struct said said[TOPICS];
    size_t said_count;
    struct seen_topic topics[TOPICS];
    size_t topic_count;
    struct client clients[CLIENTS];
    size_t client_count;
};

static struct hub_fixture f;

/* Adds to what was asked for. Within the memory that hub_set_up made: this is no allocation of the
 * hub's. */
static inline void note(const char *format, ...)
{
    char text[1000];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_adds(&f.asked, f.asked.len > 0 ? " " : "");
    buf_adds(&f.asked, text);
}

static inline void on_subscribe(UNUSED void *context, struct topic *topic)
{
    size_t i = 0;

    note("+%s", topic->name);
    while (i < f.topic_count && strcmp(f.topics[i].name, topic->name) != 0)
        i++;
    assert_true(i < TOPICS);
    if (i == f.topic_count)
        f.topic_count++;
    strcpy(f.topics[i].name, topic->name);
    f.topics[i].topic = topic;
}

static inline void on_unsubscribe(UNUSED void *context, struct topic *topic)
{
    note("-%s", topic->name);
}

static inline void on_ask(UNUSED void *context, const char *const *names, size_t count,
                          struct event_id seen)
{
    f.asked_seen = seen;
    note("?");
    for (size_t i = 0; i < count; i++) {
        buf_adds(&f.asked, i > 0 ? "," : "");
        buf_adds(&f.asked, names[i]);
    }
}

static inline void on_read(UNUSED void *context, struct pending_read *pending,
                           const struct log_read *read)
{
    assert_true(f.read_count < READS);
    f.reads[f.read_count++] = pending;
    if (read->is_newest)
        note("<%s~%ju]%u", read->channel, (uintmax_t)read->upto.ms, read->count);
    else
        note("<%s(%ju,%ju]%u", read->channel, (uintmax_t)read->after.ms, (uintmax_t)read->upto.ms,
             read->count);
}

static inline void on_client_closed(UNUSED void *context, struct stream *stream, void *member)
{
    for (size_t i = 0; i < f.client_count; i++)
        if (f.clients[i].stream == stream)
            f.clients[i].stream = NULL;
    hub_leave(member);
}

static inline void on_client_drained(UNUSED void *context, UNUSED struct stream *stream,
                                     void *member)
{
    follower_drained(member);
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
    f.streams = streams_new(&f.loop.loop, &f.config, on_client_closed, on_client_drained, NULL);
    f.hub = hub_new(&f.config);
    assert_true(f.streams != NULL && f.hub != NULL);
    hub_set_hooks(f.hub, &(struct hub_hooks){.subscribe = on_subscribe,
                                             .unsubscribe = on_unsubscribe,
                                             .ask_start = on_ask,
                                             .read_log = on_read});
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

static const struct start FROM_NOW = {.kind = START_LAST, .count = 0};

static inline struct start resume_at(uint64_t ms)
{
    return (struct start){.kind = START_AFTER, .after = {ms, 0}};
}

static inline struct start newest(uint32_t count)
{
    return (struct start){.kind = START_LAST, .count = count};
}

/* A new client that follows `names`, with commas between. */
static inline struct client *join_from(const char *names, struct start start, bool wrap)
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
    client->follower = hub_join(f.hub, client->stream, list, count, &start, wrap);
    assert_non_null(client->follower);
    stream_set_member(client->stream, client->follower);
    hub_start(client->follower);
    return client;
}

/* One that gets only what comes. */
static inline struct client *join(const char *names, bool wrap)
{
    return join_from(names, FROM_NOW, wrap);
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

#define KNOWN_MAX 16

/* The answer to a start, of a clock whose epoch is `epoch`: the channels are "a:5 b:7!", with the
 * newest id of each, and `!` behind it if that is an end. */
static inline void started_by(uint64_t epoch, uint64_t swept, uint64_t horizon,
                              const char *channels)
{
    struct known_channel known[KNOWN_MAX];
    char copy[1000], *rest = copy, *text;
    size_t count = 0;

    strcpy(copy, channels);
    while ((text = strsep(&rest, " ")) != NULL && *text != '\0') {
        char *name = strsep(&text, ":");
        assert_true(count < KNOWN_MAX);
        known[count++] = (struct known_channel){.name = name,
                                                .last = {strtoull(text, NULL, 10), 0},
                                                .is_ended = strchr(text, '!') != NULL};
    }
    hub_started(f.hub, &(struct start_answer){.epoch = {epoch, 0},
                                              .swept = {swept, 0},
                                              .horizon = {horizon, 0},
                                              .channels = known,
                                              .channel_count = count});
}

static inline void started(uint64_t horizon, const char *channels)
{
    started_by(1, 0, horizon, channels);
}

static inline void open_at(uint64_t ms)
{
    started(ms, "");
}

/* Answers the oldest read that is not answered. `is_whole`: the log has no more. */
static inline void page_comes(const char *events, bool is_whole)
{
    assert_true(f.read_count > 0);
    struct pending_read *pending = f.reads[0];
    memmove(f.reads, f.reads + 1, --f.read_count * sizeof *f.reads);
    struct page *page = page_of(log_reads_of(pending)->channel, events);
    page->is_whole = is_whole;
    hub_page(f.hub, pending, page);
    page_unref(page);
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

/* A message with ids of its own, whose data is `data`. */
static inline void message_after(const char *topic, const char *channel, uint64_t ms, uint64_t prev,
                                 uint64_t epoch, const char *data)
{
    char text[1000];

    snprintf(text, sizeof text,
             "{\"id\":\"%ju-0\",\"prev\":\"%ju-0\",\"epoch\":\"%ju-0\",\"data\":\"%s\"}",
             (uintmax_t)ms, (uintmax_t)prev, (uintmax_t)epoch, data);
    raw_message(topic, channel, text);
}

static inline struct said *said_on(const char *channel)
{
    for (size_t i = 0; i < f.said_count; i++)
        if (strcmp(f.said[i].channel, channel) == 0)
            return &f.said[i];
    assert_true(f.said_count < TOPICS);
    struct said *said = &f.said[f.said_count++];
    strcpy(said->channel, channel);
    return said;
}

/* A message with the id `ms`-0 (0: no id), which follows on the one before it. */
static inline void message(const char *topic, const char *channel, uint64_t ms, const char *data)
{
    char text[1000];

    if (ms == 0) {
        snprintf(text, sizeof text, "{\"data\":\"%s\"}", data);
        raw_message(topic, channel, text);
        return;
    }
    struct said *said = said_on(channel);
    if (ms > said->last) {
        said->prev = said->last;
        said->last = ms;
    }
    message_after(topic, channel, ms, ms == said->last ? said->prev : 0, 1, data);
}

/* Fails the test unless the client got exactly this so far (see peer_told). */
static inline void assert_told(struct client *client, const char *expected)
{
    loop_turn(&f.loop);
    assert_string_equal(peer_told(&client->peer), expected);
}

#define OPENED(names, id)  "stream-open@" id "={\"channels\":[" names "],\"resumed\":false}"
#define RESUMED(names, id) "stream-open@" id "={\"channels\":[" names "],\"resumed\":true}"

#endif
