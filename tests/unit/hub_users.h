/* The hub under test in the random rounds, and its users: streams with real sockets, and who reads,
 * stops reading, leaves, and comes back with a cursor. */
#ifndef SSE_TEST_HUB_USERS_H
#define SSE_TEST_HUB_USERS_H

#include "alloc.h"
#include "config.h"
#include "frames.h"
#include "hub.h"
#include "loop.h"
#include "promise_frames.h"
#include "redis_model.h"

#define CLIENTS 8

/* What may happen in a round. */
enum fault {
    TRIM = 1,      /* logs are trimmed and run out, and channels are swept */
    CUT = 2,       /* the connections to Redis are lost */
    EMPTY = 4,     /* Redis is emptied */
    REPLACE = 8,   /* it is replaced by an older copy of itself */
    UNHEARD = 16,  /* an event is stored but not sent live */
    SLOW = 32,     /* events are large, and clients stop reading */
    MEMORY = 64,   /* memory runs out */
    FOREIGN = 128, /* others write to logs and publish, and clients bring cursors of theirs */
    ENDS = 256,    /* channels are ended */
    FAULTS = 511
};

static const char *const NAMES[] = {
    "a",       "b", "jobs/1", "jobs/*", "*", "a,b", "jobs/*,jobs/1", "a,*", "jobs/2,a,jobs/x/*",
    "b,jobs/1"};

struct user {
    struct promise promise;
    struct frames frames;
    struct stream *stream; /* NULL: not connected, or closed */
    bool is_stopped;       /* it reads nothing at present */
};

static struct {
    unsigned faults;
    struct test_loop loop;
    struct config config;
    struct streams *streams;
    struct hub *hub;
    struct user users[CLIENTS];
    bool is_looking; /* a look at the newest ids is on its way */
    struct event_id looked_at[CHANNEL_COUNT];
    uint32_t looks_at; /* channels, as bits */
    bool is_starting;
    uint64_t unheard;     /* events */
    struct event_id seen; /* the newest id that any user got */
} t;

/* Events of one round that are stored and not sent. A second one of another channel, before the
 * first is found, may go unnoticed by streams that follow both. */
static uint64_t unheard_max;

/* Anything that runs the hub's own code, where memory may run out. */
#define HUB(call)                                                                                  \
    do {                                                                                           \
        if ((t.faults & MEMORY) && roll(60) == 0)                                                  \
            alloc_fail_at(1 + roll(12));                                                           \
        call;                                                                                      \
        alloc_fail_never();                                                                        \
    } while (0)

/* --- the hub's hooks -------------------------------------------------------------------------- */

static inline bool is_being_changed(const struct queue_of_ways *queue, const struct topic *topic)
{
    for (size_t i = 0; i < queue->count; i++) {
        const struct way *way = &queue->ways[(queue->first + i) % WAY_MAX];
        if ((way->kind == SUBSCRIBE || way->kind == UNSUBSCRIBE) && way->topic == topic)
            return true;
    }
    return false;
}

static inline void send_subscription(struct topic *topic, enum way_kind kind)
{
    /* hiredis forgets the callback of a name that is subscribed to before its UNSUBSCRIBE is
     * answered; so nothing about this topic may be on its way. */
    assert_true(r.is_connected);
    assert_false(is_being_changed(&r.to_subscriber, topic));
    assert_false(is_being_changed(&r.from_subscriber, topic));
    struct way *way = way_add(&r.to_subscriber, kind);
    way->topic = topic;
    snprintf(way->name, sizeof way->name, "%s", topic->name);
}

static inline void on_subscribe(UNUSED void *context, struct topic *topic)
{
    send_subscription(topic, SUBSCRIBE);
}

static inline void on_unsubscribe(UNUSED void *context, struct topic *topic)
{
    send_subscription(topic, UNSUBSCRIBE);
}

static inline void on_ask(UNUSED void *context, const char *const *names, size_t count,
                          struct event_id seen)
{
    assert_true(r.is_connected);
    assert_false(t.is_starting);
    assert_false(is_newer(t.seen, seen));
    t.is_starting = true;
    struct way *way = way_add(&r.to_reader, START);
    way->seen = seen;
    way->means = way->exact = 0;
    for (size_t i = 0; i < count; i++) {
        way->means |= channels_of(names[i]);
        way->exact |= channel_is_pattern(names[i]) ? 0 : channels_of(names[i]);
    }
}

/* Whether the page of `a`, which is not there yet, is what `b` wants. */
static inline bool is_same_read(const struct log_read *a, size_t channel, const struct log_read *b)
{
    return a->is_newest == b->is_newest && strcmp(CHANNELS[channel], b->channel) == 0 &&
           a->count == b->count && event_id_compare(a->upto, b->upto) == 0 &&
           event_id_compare(a->after, b->after) == 0;
}

static inline void assert_not_read(const struct queue_of_ways *queue, const struct log_read *read)
{
    for (size_t i = 0; i < queue->count; i++) {
        const struct way *way = &queue->ways[(queue->first + i) % WAY_MAX];
        if (way->kind == READ && is_same_read(&way->read, way->channel, read))
            fail_msg("round %ju: %s is read twice", (uintmax_t)promise_round, read->channel);
    }
}

static inline void on_read(UNUSED void *context, struct pending_read *pending,
                           const struct log_read *read)
{
    assert_true(r.is_connected);
    assert_not_read(&r.to_reader, read);
    assert_not_read(&r.from_reader, read);
    struct way *way = way_add(&r.to_reader, READ);
    way->pending = pending;
    way->read = *read;
    for (way->channel = 0; strcmp(CHANNELS[way->channel], read->channel) != 0;)
        way->channel++;
    way->read.channel = CHANNELS[way->channel];
}

/* --- users ------------------------------------------------------------------------------------ */

static inline void on_closed(UNUSED void *context, struct stream *stream, void *member)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (t.users[i].stream == stream)
            t.users[i].stream = NULL;
    hub_leave(member);
}

static inline void on_drained(UNUSED void *context, UNUSED struct stream *stream, void *member)
{
    follower_drained(member);
}

static inline void turn(void)
{
    HUB(loop_turn(&t.loop));
}

/* Takes in at most `most` frames of what has come. */
static inline bool take_frames(struct user *user, size_t most)
{
    struct frame frame;
    bool has_some = false;

    for (; most > 0 && frames_next(&user->frames, &frame); most--) {
        promise_take(&user->promise, &frame);
        t.seen = event_id_newer(t.seen, frame.id);
        has_some = true;
    }
    return has_some;
}

static inline bool read_all(struct user *user)
{
    bool has_some = false;

    if (user->frames.fd < 0)
        return false;
    while (frames_read(&user->frames, SIZE_MAX))
        has_some = true;
    return take_frames(user, SIZE_MAX) || has_some;
}

/* Everything that was sent so far gets there. */
static inline void drain(void)
{
    for (bool has_some = true; has_some;) {
        has_some = false;
        turn();
        for (size_t i = 0; i < CLIENTS; i++)
            has_some = read_all(&t.users[i]) || has_some;
    }
}

/* Data: "#" and the event's number, with something behind it. */
static inline const char *data_of(int number, size_t padding)
{
    static char text[70000];

    int len = snprintf(text, sizeof text, "#%d ", number);
    memset(text + len, 'x', padding);
    text[len + (int)padding] = '\0';
    return text;
}

static inline struct start some_start(struct promise *promise)
{
    uint32_t n = roll(100);

    promise->is_foreign = false;
    if (!event_id_is_none(promise->cursor))
        return (struct start){.kind = START_AFTER, .after = promise->cursor};
    if ((t.faults & FOREIGN) && n < 10 && n >= 5 && r.keys.era > 0) {
        promise_borrow(promise);
        return (struct start){.kind = START_AFTER, .after = promise->cursor};
    }
    if ((t.faults & FOREIGN) && n < 5) {
        promise->is_foreign = true;
        return (struct start){.kind = START_AFTER,
                              .after = {n % 2 ? 1 + roll(100) : r.now_ms + 1000000, roll(2)}};
    }
    if (n < 50)
        return (struct start){.kind = START_LAST, .count = roll(3) ? roll(4) : 40};
    uint64_t ago = roll(2) ? r.now_ms : roll(100);
    return (struct start){.kind = START_SINCE, .after = {r.now_ms - ago, 0}};
}

static inline void connect_user(struct user *user)
{
    char copy[100], *rest = copy, *list[8];
    int ends[2], size = 4096;
    size_t count = 0;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    frames_init(&user->frames, ends[0]);
    user->is_stopped = false;
    strcpy(copy, user->promise.names);
    while ((list[count] = strsep(&rest, ",")) != NULL)
        count++;
    struct start start = some_start(&user->promise);
    promise_begin(&user->promise, &start);
    user->stream = stream_new(t.streams, ends[1], 1);
    assert_non_null(user->stream);
    struct follower *follower;
    HUB(follower = hub_join(t.hub, user->stream, list, count, &start, user->promise.is_wrapped));
    if (follower == NULL) {
        stream_abandon(user->stream, "no memory");
        return;
    }
    stream_set_member(user->stream, follower);
    HUB(hub_start(follower));
}

/* What was not read by now is lost with the connection. */
static inline void cut_user(struct user *user)
{
    if (roll(2)) {
        frames_read(&user->frames, 1 + roll(3000));
        take_frames(user, roll(20));
    }
    if (user->stream != NULL)
        stream_abandon(user->stream, "the client left");
    turn();
    assert_null(user->stream);
    frames_deinit(&user->frames);
    promise_cut(&user->promise);
}

static inline void some_user(void)
{
    struct user *user = &t.users[roll(CLIENTS)];

    if (user->frames.fd >= 0) {
        cut_user(user);
        return;
    }
    if (user->promise.names == NULL || roll(4) == 0) {
        promise_init(&user->promise, NAMES[roll(COUNT(NAMES))]);
        user->promise.is_wrapped = roll(4) == 0;
    }
    connect_user(user);
}

static inline void some_user_reads(void)
{
    struct user *user = &t.users[roll(CLIENTS)];

    if ((t.faults & SLOW) && roll(4) == 0)
        user->is_stopped = !user->is_stopped;
    if (user->frames.fd < 0 || user->is_stopped)
        return;
    turn();
    frames_read(&user->frames, roll(2) ? SIZE_MAX : 2000);
    take_frames(user, roll(3) ? SIZE_MAX : 1);
}

#endif
