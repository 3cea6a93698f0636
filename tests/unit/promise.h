/* What a client was promised (design 5a), held against what it gets, frame by frame, over its whole
 * life: it may be cut anywhere and come back with its cursor. The truth is in redis_model.h.
 *
 * Allowed beyond "exactly what was published, or a reset where events are gone":
 * - A start by `since` begins each channel with what is kept of it, without a reset.
 * - A cursor below `swept` may get a reset for a name of which Redis knows no channel, or none any
 *   more, although that channel never had an event; its id is then `swept`, or just below where the
 *   event of that id follows. A pattern always does.
 * - After one for all channels, what is kept behind the epoch follows; what of that is gone need
 * not be said again, but may be. It also comes for a cursor below the epoch that was got since: of
 *   what a Redis that was behind had kept.
 * - A loss is said where the newest event that is gone had its place. Who is cut before, and comes
 *   back to a Redis that was replaced by an older copy of itself, may never hear of it.
 * - In a round in which events go unheard, what is trimmed and swept before that is found out.
 * - A live event that Redis stored but never sent is found later. A stream that has got newer ones
 *   of other channels by then gets a reset for it, though it is kept. */
#ifndef SSE_TEST_PROMISE_H
#define SSE_TEST_PROMISE_H

#include <stdio.h>

#include "core/channel.h"
#include "redis_model.h"
#include "start.h"

struct frame {
    char type[32];
    char data[300]; /* its beginning */
    bool has_id;
    struct event_id id;
};

struct promise {
    const char *names; /* that it follows, with commas between */
    uint32_t follows;  /* channels, as bits */
    bool is_wrapped;
    struct start start;                  /* of the present stream */
    bool is_borrowed;                    /* its cursor is of another responder */
    bool may_reset;                      /* and Redis was replaced since: nobody may know */
    bool is_foreign;                     /* its cursor is of no Redis that we know */
    struct event_id cursor;              /* 0-0: none */
    int era;                             /* of the cursor; 0: not known yet */
    struct event_id position;            /* nothing at or below it may come */
    struct event_id told[CHANNEL_COUNT]; /* all up to here is dealt with */
    struct event_id counted;      /* missed events are counted from here on; 0-0: not known */
    int got;                      /* events since */
    bool is_begun[CHANNEL_COUNT]; /* not: begins with what is kept */
    int owed[CHANNEL_COUNT];      /* an event that was not heard, and went unnoticed; 0: none */
    bool is_open;                 /* the present stream has got stream-open */
    bool has_lost;                /* and a reset since it was opened last */
    int plain[64];                /* the newest events without an id */
    int plain_count;
    int state[200]; /* of the snapshot: events, in the order in which they came */
    int state_count;
    char history[3000];
    size_t history_len; /* the last frames, for who looks for a fault */
};

static uint64_t promise_round;
static bool may_start_anew;
/* Events may be stored and not heard; and whether each such must be found. */
static bool may_miss, may_miss_any, must_find;
static int hub_era; /* of the answer that the hub got last */

#define broken(promise, ...)                                                                       \
    do {                                                                                           \
        print_error("round %ju, of %s:%s\n", (uintmax_t)promise_round, (promise)->names,           \
                    (promise)->history +                                                           \
                        ((promise)->history_len > 900 ? (promise)->history_len - 900 : 0));        \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static inline void note_history(struct promise *promise, const char *format, ...)
{
    size_t room = sizeof promise->history - promise->history_len;
    va_list args;

    if (room < 100) {
        memmove(promise->history, promise->history + 1000, promise->history_len - 999);
        promise->history_len -= 1000;
        room += 1000;
    }
    va_start(args, format);
    promise->history_len +=
        (size_t)vsnprintf(promise->history + promise->history_len, room, format, args);
    va_end(args);
}

static inline bool is_followed(const struct promise *promise, size_t channel)
{
    return promise->follows & (1u << channel);
}

static inline uint32_t channels_of(const char *names)
{
    char copy[200], *rest = copy, *name;
    uint32_t channels = 0;

    snprintf(copy, sizeof copy, "%s", names);
    while ((name = strsep(&rest, ",")) != NULL)
        for (size_t i = 0; i < CHANNEL_COUNT; i++)
            if (channel_match(name, CHANNELS[i]))
                channels |= 1u << i;
    return channels;
}

static inline void count_from(struct promise *promise, struct event_id id)
{
    promise->counted = id;
    promise->got = 0;
}

static inline void promise_init(struct promise *promise, const char *names)
{
    *promise = (struct promise){.names = names, .follows = channels_of(names)};
}

/* It connects, once more or for the first time. */
static inline void promise_begin(struct promise *promise, const struct start *start)
{
    promise->start = *start;
    note_history(promise, " | %d,%u,%ju-%ju", start->kind, start->count, (uintmax_t)start->after.ms,
                 (uintmax_t)start->after.seq);
    promise->is_open = promise->has_lost = false;
    promise->plain_count = promise->state_count = 0;
    count_from(promise, start->kind == START_AFTER ? start->after : (struct event_id){0});
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (!promise->is_begun[i] || event_id_is_none(promise->cursor))
            promise->is_begun[i] = start->kind != START_SINCE;
    if (!event_id_is_none(promise->cursor))
        return; /* it resumes */
    promise->position = start->kind == START_AFTER ? start->after : (struct event_id){0};
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        promise->told[i] = start->after;
}

/* A new client that comes from another responder, where it got everything up to now. */
static inline void promise_borrow(struct promise *promise)
{
    promise->is_borrowed = true;
    promise->era = r.keys.era;
    promise->cursor = promise->position = r.keys.newest;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        promise->told[i] = r.keys.newest;
}

/* --- events that must not be left out --------------------------------------------------------- */

/* The first event of the channel in (after, upto] that has to be told, from event number `from` on;
 * -1 for none. */
static inline int find_owed(const struct promise *promise, size_t channel, struct event_id after,
                            struct event_id upto, int from)
{
    for (int i = from; i < r.event_count; i++) {
        const struct published *event = &r.events[i];
        if (event->channel == channel && !event->is_void && is_newer(event->id, after) &&
            !is_newer(event->id, upto) && event->era <= promise->era)
            return i;
    }
    return -1;
}

/* Whether an event that was not heard may be left out: it is found when the next one of its channel
 * comes, or when Redis is asked, but only then. */
static inline bool is_unnoticed(struct promise *promise, int number, bool is_next_there)
{
    const struct published *event = &r.events[number];

    if (may_miss && event->is_gone) /* and swept at once */
        return true;
    if (!event->is_unheard || (must_find && is_next_there && !event->is_first))
        return false;
    bool is_state = promise->start.kind == START_LAST && event_id_is_none(promise->cursor);
    promise->owed[event->channel] = event->is_first || is_state ? 0 : number;
    return true;
}

/* The client knows the channel up to `upto` now: nothing was left out before. `is_event`: because
 * it got one. */
static inline void tell_upto(struct promise *promise, size_t channel, struct event_id upto,
                             bool is_event)
{
    struct event_id after = promise->told[channel];

    if (is_event && must_find && promise->owed[channel] > 0)
        broken(promise, "event %d was left out for good", promise->owed[channel]);
    for (int i = 0; (i = find_owed(promise, channel, after, upto, i)) >= 0; i++) {
        const struct published *event = &r.events[i];
        if (event_id_compare(event->id, upto) == 0 && is_event)
            continue;
        if (event->is_refused || (!promise->is_begun[channel] && event->is_gone) ||
            is_unnoticed(promise, i, is_event))
            continue;
        broken(promise, "event %d (%s, %ju-%ju%s) is left out", i, CHANNELS[channel],
               (uintmax_t)event->id.ms, (uintmax_t)event->id.seq, event->is_gone ? ", gone" : "");
    }
    promise->told[channel] = upto;
    promise->is_begun[channel] = true;
}

#endif
