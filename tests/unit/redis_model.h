/* Redis as the hub sees it, small enough to be looked at: the keys of the contract (design, section
 * 3), the two scripts, and two connections on which commands and answers are on their way until
 * somebody takes them one step further. Each is first in, first out; nothing else is promised. */
#ifndef SSE_TEST_REDIS_MODEL_H
#define SSE_TEST_REDIS_MODEL_H

#include "core/event_id.h"
#include "hub.h"
#include "test.h"

#define EVENTS_MAX 4000 /* published in one round */
#define LOG_MAX    120
#define WAY_MAX    2000 /* on their way on a connection */
#define ERAS_MAX   200

static const char *const CHANNELS[] = {"a", "b", "jobs/1", "jobs/2", "jobs/x/3"};
#define CHANNEL_COUNT COUNT(CHANNELS)

struct published {
    struct event_id id, prev, epoch;
    size_t channel;
    int era;
    size_t padding; /* bytes behind the number that is its data */
    bool is_end;
    bool is_refused; /* larger than events may be */
    bool is_unheard; /* stored, but not sent live */
    bool is_first;   /* no event of its channel was known */
    bool is_gone;    /* was not kept, at some time since */
    bool is_void;    /* of a Redis that was replaced by an older copy of itself */
    bool is_mark;    /* `swept` was its id at some time */
};

struct entry {
    struct event_id id;
    int event; /* -1: no publisher of ours made it */
};

struct log {
    struct entry entries[LOG_MAX];
    size_t count;
    struct event_id top;
};

/* The keys. A log without entries is no key. */
struct keyspace {
    int era; /* a number for the epoch; 0: there is no clock */
    struct event_id epoch, newest, swept;
    struct event_id last[CHANNEL_COUNT]; /* 0-0: not known */
    struct log logs[CHANNEL_COUNT];
};

enum way_kind { SUBSCRIBE, UNSUBSCRIBE, MESSAGE, PLAIN, CONTROL, START, READ, NEWEST };

/* A command, or an answer or message, on its way. */
struct way {
    enum way_kind kind;
    struct topic *topic;
    char name[32];
    int event;
    /* Of the asking connection: */
    struct pending_read *pending;
    struct log_read read;
    size_t channel; /* that is read */
    struct event_id seen;
    uint32_t means; /* channels, as bits */
    uint32_t exact; /* likewise, those that were named */
    struct event_id epoch, swept, newest, last[CHANNEL_COUNT];
    bool is_ended[CHANNEL_COUNT];
    int era;
    struct entry entries[LOG_MAX];
    size_t count;
};

struct queue_of_ways {
    struct way *ways; /* a ring */
    size_t first, count;
};

static struct redis_model {
    uint64_t random;
    uint64_t now_ms;
    size_t keep; /* of MAXLEN */
    struct keyspace keys, copy;
    bool has_copy;
    struct published events[EVENTS_MAX];
    int event_count, plain_count;
    int era_count;
    struct event_id epochs[ERAS_MAX];
    bool is_connected;
    struct way subscribed[16];
    size_t subscribed_count;
    struct queue_of_ways to_subscriber, from_subscriber, to_reader, from_reader;
} r;

static inline uint32_t roll(uint32_t n)
{
    return next_random(&r.random) % n;
}

/* --- ways ------------------------------------------------------------------------------------- */

static inline struct way *way_add(struct queue_of_ways *queue, enum way_kind kind)
{
    assert_true(queue->count < WAY_MAX);
    struct way *way = &queue->ways[(queue->first + queue->count++) % WAY_MAX];
    way->kind = kind;
    return way;
}

/* The first one, valid until something is added; NULL for none. */
static inline struct way *way_take(struct queue_of_ways *queue)
{
    if (queue->count == 0)
        return NULL;
    struct way *way = &queue->ways[queue->first];
    queue->first = (queue->first + 1) % WAY_MAX;
    queue->count--;
    return way;
}

/* --- ids and keys ----------------------------------------------------------------------------- */

static inline bool is_newer(struct event_id a, struct event_id b)
{
    return event_id_compare(a, b) > 0;
}

static inline struct event_id id_behind(struct event_id id)
{
    return (struct event_id){id.ms, id.seq + 1};
}

static inline void new_era(struct event_id epoch)
{
    assert_true(r.era_count + 1 < ERAS_MAX);
    r.keys.epoch = r.keys.newest = epoch;
    r.keys.era = ++r.era_count;
    r.epochs[r.keys.era] = epoch;
    r.has_copy = false;
}

static inline void need_clock(void)
{
    r.now_ms += roll(3);
    if (r.keys.era == 0)
        new_era((struct event_id){r.now_ms, 0});
}

/* Forgets entries of the log until `keep` are left. */
static inline void trim(size_t channel, size_t keep)
{
    struct log *log = &r.keys.logs[channel];
    size_t gone = log->count > keep ? log->count - keep : 0;

    for (size_t i = 0; i < gone; i++)
        if (log->entries[i].event >= 0)
            r.events[log->entries[i].event].is_gone = true;
    memmove(log->entries, log->entries + gone, (log->count - gone) * sizeof *log->entries);
    log->count -= gone;
    if (log->count == 0)
        log->top = (struct event_id){0};
}

static inline void add_entry(size_t channel, struct event_id id, int event)
{
    struct log *log = &r.keys.logs[channel];

    if (log->count == LOG_MAX)
        trim(channel, LOG_MAX - 1);
    log->entries[log->count++] = (struct entry){id, event};
    log->top = id;
    /* MAXLEN ~ trims when it likes. */
    if (roll(3) == 0)
        trim(channel, r.keep > 0 ? r.keep : 1);
}

/* Somebody else's XADD. */
static inline void redis_foreign_entry(void)
{
    size_t channel = roll(CHANNEL_COUNT);
    struct event_id id = {r.now_ms, 0};

    if (!is_newer(id, r.keys.logs[channel].top))
        id = id_behind(r.keys.logs[channel].top);
    add_entry(channel, id, -1);
}

static inline bool is_on_its_way(size_t channel)
{
    for (size_t i = 0; i < r.from_subscriber.count; i++) {
        const struct way *way = &r.from_subscriber.ways[(r.from_subscriber.first + i) % WAY_MAX];
        if (way->kind == MESSAGE && way->channel == channel)
            return true;
    }
    return false;
}

/* A channel or two whose log has run out are forgotten. That takes the time for which logs are
 * kept: no message is on its way for so long. */
static inline void sweep(void)
{
    for (int i = 0; i < 2; i++) {
        size_t channel = roll(CHANNEL_COUNT);
        if (r.keys.logs[channel].count > 0 || event_id_is_none(r.keys.last[channel]) ||
            is_on_its_way(channel))
            continue;
        r.keys.swept = event_id_newer(r.keys.swept, r.keys.last[channel]);
        for (int event = 0; event < r.event_count; event++)
            if (event_id_compare(r.events[event].id, r.keys.swept) == 0)
                r.events[event].is_mark = true;
        r.keys.last[channel] = (struct event_id){0};
    }
}

static inline void send_live(size_t channel, enum way_kind kind, int event)
{
    for (size_t i = 0; i < r.subscribed_count; i++) {
        if (!channel_match(r.subscribed[i].name, CHANNELS[channel]))
            continue;
        struct way *way = way_add(&r.from_subscriber, kind);
        way->topic = r.subscribed[i].topic;
        way->channel = channel;
        way->event = event;
    }
}

/* The publish script. */
static inline void redis_publish_event(struct published event, bool is_unheard)
{
    size_t channel = event.channel;

    if (r.event_count == EVENTS_MAX)
        return;
    need_clock();
    event.prev = event_id_is_none(r.keys.last[channel]) ? r.keys.swept : r.keys.last[channel];
    event.id = id_behind(r.keys.newest);
    if (is_newer(event.prev, r.keys.newest) && event.prev.seq >= event.id.seq)
        event.id = id_behind(event.prev);
    event.id.ms = event_id_newer(r.keys.newest, event.prev).ms;
    if (event.id.ms < r.now_ms)
        event.id.ms = r.now_ms;
    if (!is_newer(event.id, r.keys.logs[channel].top))
        event.id.ms = r.keys.logs[channel].top.ms + 1;
    event.epoch = r.keys.epoch;
    event.era = r.keys.era;
    event.is_unheard = is_unheard;
    event.is_first = event_id_is_none(r.keys.last[channel]);
    r.events[r.event_count++] = event;
    add_entry(channel, event.id, r.event_count - 1);
    r.keys.last[channel] = r.keys.newest = event.id;
    if (!is_unheard)
        send_live(channel, MESSAGE, r.event_count - 1);
    sweep();
}

/* --- what befalls it -------------------------------------------------------------------------- */

static inline void redis_expire(void)
{
    trim(roll(CHANNEL_COUNT), 0);
}

static inline void redis_flush(void)
{
    r.now_ms += 1 + r.keys.newest.seq;
    if (r.keys.newest.ms >= r.now_ms)
        r.now_ms = r.keys.newest.ms + 1;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        trim(i, 0);
    memset(&r.keys, 0, sizeof r.keys);
    r.has_copy = false;
}

static inline void redis_copy(void)
{
    r.copy = r.keys;
    r.has_copy = r.keys.era > 0;
}

/* It is replaced by the copy: what was published since is as if it had never been. */
static inline void redis_replace(void)
{
    for (int i = 0; i < r.event_count; i++)
        if (r.events[i].era == r.keys.era && is_newer(r.events[i].id, r.copy.newest))
            r.events[i].is_void = true;
    if (r.now_ms <= r.keys.newest.ms)
        r.now_ms = r.keys.newest.ms + 1;
    r.keys = r.copy;
}

/* --- what it does with commands --------------------------------------------------------------- */

static inline void redis_reads_subscriber(void)
{
    const struct way *command = way_take(&r.to_subscriber);

    if (command == NULL)
        return;
    if (command->kind == SUBSCRIBE)
        r.subscribed[r.subscribed_count++] = *command;
    for (size_t i = 0; i < r.subscribed_count && command->kind == UNSUBSCRIBE; i++)
        if (r.subscribed[i].topic == command->topic)
            r.subscribed[i] = r.subscribed[--r.subscribed_count];
    way_add(&r.from_subscriber, command->kind)->topic = command->topic;
}

/* The start script. */
static inline void run_start(const struct way *command, struct way *answer)
{
    need_clock();
    if (is_newer(command->seen, r.keys.newest)) {
        struct event_id epoch = {r.now_ms, 0};
        new_era(is_newer(epoch, command->seen) ? epoch : id_behind(command->seen));
    }
    answer->epoch = r.keys.epoch;
    answer->swept = r.keys.swept;
    answer->newest = r.keys.newest;
    answer->era = r.keys.era;
    answer->means = command->means;
    answer->exact = command->exact;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        const struct log *log = &r.keys.logs[i];
        answer->last[i] = r.keys.last[i];
        answer->is_ended[i] = log->count > 0 && log->entries[log->count - 1].event >= 0 &&
                              r.events[log->entries[log->count - 1].event].is_end;
    }
}

static inline void run_read(const struct way *command, struct way *answer)
{
    const struct log_read *read = &command->read;
    const struct log *log = &r.keys.logs[command->channel];

    answer->pending = command->pending;
    answer->read = *read;
    answer->channel = command->channel;
    answer->count = 0;
    for (size_t i = 0; i < log->count && answer->count < read->count; i++) {
        const struct entry *entry = &log->entries[read->is_newest ? log->count - 1 - i : i];
        if (!is_newer(entry->id, read->upto) &&
            (read->is_newest || is_newer(entry->id, read->after)))
            answer->entries[answer->count++] = *entry;
    }
}

static inline void redis_reads_reader(void)
{
    const struct way *command = way_take(&r.to_reader);

    if (command == NULL)
        return;
    struct way *answer = way_add(&r.from_reader, command->kind);
    if (command->kind == START)
        run_start(command, answer);
    else if (command->kind == READ)
        run_read(command, answer);
    else
        memcpy(answer->last, r.keys.last, sizeof answer->last);
}

static inline void redis_forget_connections(void)
{
    r.to_subscriber.count = r.from_subscriber.count = 0;
    r.to_reader.count = r.from_reader.count = 0;
    r.subscribed_count = 0;
}

static inline bool redis_is_idle(void)
{
    return r.to_subscriber.count + r.from_subscriber.count + r.to_reader.count +
               r.from_reader.count ==
           0;
}

/* A new, empty Redis, whose random numbers begin with `seed`. */
static inline void redis_reset(uint64_t seed)
{
    static struct way ways[4][WAY_MAX];

    memset(&r, 0, sizeof r);
    r.random = seed;
    r.now_ms = 1000;
    r.to_subscriber.ways = ways[0];
    r.from_subscriber.ways = ways[1];
    r.to_reader.ways = ways[2];
    r.from_reader.ways = ways[3];
    for (int i = 0; i < 10; i++)
        next_random(&r.random);
}

#endif
