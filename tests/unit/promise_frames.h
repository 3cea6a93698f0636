/* Frame by frame: is this what was promised? (promise.h) */
#ifndef SSE_TEST_PROMISE_FRAMES_H
#define SSE_TEST_PROMISE_FRAMES_H

#include "promise.h"

/* --- snapshots -------------------------------------------------------------------------------- */

/* The snapshot of a channel: the newest ones before `horizon`, so many that `count` are no end. */
static inline void check_state(struct promise *promise, size_t channel, struct event_id horizon)
{
    uint32_t wanted = promise->start.count, found = 0;
    bool is_newest = true; /* an end is only told if it is that */

    for (int i = 0; i < promise->state_count; i++)
        if (r.events[promise->state[i]].is_void)
            return;
    for (int i = r.event_count - 1; i >= 0 && found < wanted; i--) {
        const struct published *event = &r.events[i];
        if (event->channel != channel || event->is_void || is_newer(event->id, horizon) ||
            event->era > hub_era)
            continue;
        if (event->is_gone)
            return;
        bool is_told = event->is_refused || (event->is_end && !is_newest);
        is_newest = false;
        for (int j = 0; j < promise->state_count && !is_told; j++)
            is_told = promise->state[j] == i;
        if (!is_told && !is_unnoticed(promise, i, false))
            broken(promise, "event %d is not in the state of %s", i, CHANNELS[channel]);
        found += !event->is_end;
    }
}

/* No event of the snapshot is told twice, unless it had to begin anew. */
static inline void check_state_order(struct promise *promise)
{
    for (int i = 1; i < promise->state_count && !may_start_anew; i++) {
        const struct published *one = &r.events[promise->state[i - 1]];
        const struct published *next = &r.events[promise->state[i]];
        if (one->channel == next->channel && promise->state[i] == promise->state[i - 1])
            broken(promise, "event %d is twice in the state", promise->state[i]);
    }
}

/* The newest event of a channel before `before`, if a snapshot that ends there tells none of it,
 * since so many of the newest ones are too large; 0-0 if it tells one. */
static inline struct event_id hidden_newest(const struct promise *promise, size_t channel,
                                            struct event_id before)
{
    struct event_id newest = {0};
    uint32_t found = 0;

    for (int i = r.event_count - 1; i >= 0 && found < promise->start.count; i--) {
        const struct published *event = &r.events[i];
        if (event->channel != channel || event->is_void || event->is_end ||
            !is_newer(before, event->id))
            continue;
        if (!event->is_refused)
            return (struct event_id){0};
        newest = event_id_newer(newest, event->id);
        found++;
    }
    return newest;
}

/* Events come between the snapshot and stream-open, because there were too many of them: each
 * channel goes on behind its newest one in the snapshot. */
static inline void go_on_behind_state(struct promise *promise, struct event_id first)
{
    check_state_order(promise);
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct event_id newest = {0};
        for (int j = 0; j < promise->state_count; j++)
            if (r.events[promise->state[j]].channel == i && !r.events[promise->state[j]].is_void)
                newest = event_id_newer(newest, r.events[promise->state[j]].id);
        /* One that is too large counts as one of them, and hides an end before it. */
        for (int j = 0; j < r.event_count && !event_id_is_none(newest); j++)
            if (r.events[j].channel == i && (r.events[j].is_refused || r.events[j].is_end) &&
                is_newer(first, r.events[j].id) && event_id_compare(r.events[j].prev, newest) == 0)
                newest = r.events[j].id;
        if (may_start_anew) /* what is in the state may be of one that was told before it */
            newest = event_id_newer(newest, hidden_newest(promise, i, first));
        if (is_followed(promise, i) && !event_id_is_none(newest))
            check_state(promise, i, newest);
        if (event_id_is_none(newest))
            newest = first.seq > 0 ? (struct event_id){first.ms, first.seq - 1}
                                   : (struct event_id){first.ms - 1, UINT64_MAX};
        promise->told[i] = newest;
        promise->is_begun[i] = false;
    }
}

/* --- frames ----------------------------------------------------------------------------------- */

static inline void take_event(struct promise *promise, const struct frame *frame, int number)
{
    assert_in_range(number, 0, r.event_count - 1);
    const struct published *event = &r.events[number];
    size_t channel = event->channel;

    if (!is_followed(promise, channel))
        broken(promise, "event %d is of %s", number, CHANNELS[channel]);
    if (event->is_refused)
        broken(promise, "event %d is too large", number);
    if (!frame->has_id) {
        if (promise->start.kind != START_LAST || promise->is_open)
            broken(promise, "event %d has no id", number);
        assert_true(promise->state_count < (int)COUNT(promise->state));
        promise->state[promise->state_count++] = number;
        return;
    }
    if (event_id_compare(frame->id, event->id) != 0)
        broken(promise, "event %d has the id of another one", number);
    if (promise->era != 0 && promise->era != hub_era)
        broken(promise, "event %d comes without a word that Redis was emptied", number);
    promise->era = hub_era;
    if (promise->start.kind == START_LAST && event_id_is_none(promise->cursor))
        go_on_behind_state(promise, event->id);
    if (!is_newer(event->id, promise->position))
        broken(promise, "event %d comes late, or again", number);
    struct event_id before = promise->told[channel];
    tell_upto(promise, channel, event->id, true);
    if (promise->is_begun[channel] && is_newer(before, event->id))
        broken(promise, "event %d is said to be gone", number);
    promise->position = event->id;
    promise->got++;
}

static inline void take_open(struct promise *promise, const struct frame *frame)
{
    bool is_resumed = promise->start.kind == START_AFTER || promise->is_open;
    bool says_so = strstr(frame->data, "\"resumed\":true") != NULL;

    if (!frame->has_id || is_newer(promise->position, frame->id))
        broken(promise, "the horizon is below what was sent");
    if (promise->era != 0 && promise->era != hub_era)
        broken(promise, "it is opened without a word that Redis was emptied");
    promise->era = hub_era;
    if (says_so != (is_resumed && !promise->has_lost))
        broken(promise, "resumed is %d", says_so);
    if (promise->start.kind == START_LAST && !promise->is_open) {
        check_state_order(promise);
        for (size_t i = 0; i < CHANNEL_COUNT; i++)
            if (is_followed(promise, i) && event_id_is_none(promise->cursor))
                check_state(promise, i, frame->id);
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (promise->start.kind == START_LAST && event_id_is_none(promise->cursor))
            promise->told[i] = frame->id;
        else if (is_followed(promise, i))
            tell_upto(promise, i, frame->id, false);
        promise->is_begun[i] = true;
    }
    promise->position = frame->id;
    count_from(promise, frame->id);
    promise->is_open = true;
    promise->has_lost = false;
}

/* A name of a reset: all in between is gone, and something is. */
static inline void take_loss(struct promise *promise, const char *name, struct event_id gone)
{
    bool is_real = false, is_mark = false, is_of_it = false;

    for (int i = 0; i < r.event_count; i++) {
        const struct published *event = &r.events[i];
        if (event->is_mark && is_followed(promise, event->channel) &&
            event_id_compare(event_id_before(event->id), gone) == 0)
            is_mark = true;
        if (event_id_compare(event->id, gone) == 0) {
            is_mark = is_mark || event->is_mark;
            is_of_it = is_of_it || channel_match(name, CHANNELS[event->channel]);
        }
        if (event->is_unheard && !is_newer(event->id, gone) &&
            channel_match(name, CHANNELS[event->channel]))
            is_real = true;
        if (!channel_match(name, CHANNELS[event->channel]) || event->is_void ||
            !is_newer(event->id, promise->told[event->channel]) || is_newer(event->id, gone))
            continue;
        if (!event->is_gone && !event->is_refused && !event->is_unheard && !may_miss_any)
            broken(promise, "event %d is said to be gone", i);
        is_real = true;
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (promise->owed[i] > 0 && channel_match(name, CHANNELS[i])) {
            promise->owed[i] = 0;
            is_real = true;
        }
    if (!is_mark && !(is_real && (is_of_it || may_miss)) && !may_miss_any)
        broken(promise, "nothing of %s is gone", name);
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (channel_match(name, CHANNELS[i]))
            promise->told[i] = event_id_newer(promise->told[i], gone);
}

/* Of all channels, it says how many are gone. */
static inline void take_count(struct promise *promise, const struct frame *frame)
{
    const char *text = strstr(frame->data, "\"missed\":");
    int missed = text != NULL ? atoi(text + 9) : 0, expected = -promise->got;
    bool is_all =
        strstr(promise->names, "*") != NULL && promise->follows == (1u << CHANNEL_COUNT) - 1;

    for (int i = 0; i < r.event_count; i++) {
        const struct published *event = &r.events[i];
        if (is_newer(promise->counted, event->id) || is_newer(event->id, frame->id))
            continue;
        if (event->is_void)
            return;
        expected += is_newer(event->id, promise->counted);
    }
    if (!is_all && missed != 0)
        broken(promise, "of some channels %d are said to be gone", missed);
    if (!is_all || event_id_is_none(promise->counted) ||
        (promise->counted.seq == 0 && event_id_compare(promise->counted, r.epochs[hub_era]) != 0))
        return;
    if (missed != expected)
        broken(promise, "%d are said to be gone, and %d are", missed, expected);
}

static inline void take_reset(struct promise *promise, const struct frame *frame)
{
    char channels[200], *rest = channels, *name;
    const char *list = strstr(frame->data, "\"channels\":[");

    if (!frame->has_id || list == NULL || sscanf(list + 12, "%199[^]]", channels) != 1)
        broken(promise, "no reset: %s", frame->data);
    promise->has_lost = true;
    if (event_id_compare(frame->id, r.epochs[hub_era]) == 0) {
        if (promise->era == hub_era && !promise->is_foreign && !promise->may_reset &&
            !is_newer(frame->id, promise->cursor))
            broken(promise, "Redis was not emptied");
        promise->is_foreign = false;
        promise->era = hub_era;
        for (size_t i = 0; i < CHANNEL_COUNT; i++) {
            promise->told[i] = frame->id;
            promise->is_begun[i] = false;
        }
        promise->position = frame->id;
        count_from(promise, frame->id);
        if (strstr(frame->data, "\"missed\":null") == NULL)
            broken(promise, "nobody knows how many are gone: %s", frame->data);
        return;
    }
    if (promise->era != 0 && promise->era != hub_era)
        broken(promise, "a reset, but not for all");
    promise->era = hub_era;
    if (promise->start.kind == START_LAST && event_id_is_none(promise->cursor))
        go_on_behind_state(promise, frame->id);
    if (is_newer(promise->position, frame->id))
        broken(promise, "a reset that goes back");
    take_count(promise, frame);
    count_from(promise, frame->id);
    while ((name = strsep(&rest, ",")) != NULL) {
        name[strlen(name) - 1] = '\0';
        take_loss(promise, name + 1, frame->id);
    }
    promise->position = frame->id;
}

static inline void take_plain(struct promise *promise, int number)
{
    for (int i = 0; i < promise->plain_count; i++)
        if (promise->plain[i] == number)
            broken(promise, "plain event %d comes again", number);
    promise->plain[promise->plain_count++ % (int)COUNT(promise->plain)] = number;
    if (promise->plain_count > (int)COUNT(promise->plain))
        promise->plain_count = COUNT(promise->plain);
}

static inline void promise_take(struct promise *promise, const struct frame *frame)
{
    note_history(promise, " %.12s@%ju-%ju=%.5s", frame->type, (uintmax_t)frame->id.ms,
                 (uintmax_t)frame->id.seq, frame->data);
    if (strcmp(frame->type, "stream-reset") == 0)
        note_history(promise, "%s", strstr(frame->data, "channels") + 9);
    const char *event = strchr(frame->data, '#'), *plain = strchr(frame->data, '!');
    if (promise->is_foreign && frame->has_id && strcmp(frame->type, "stream-reset") != 0)
        broken(promise, "a cursor that means nothing is taken for one");
    if (strcmp(frame->type, "stream-open") == 0)
        take_open(promise, frame);
    else if (strcmp(frame->type, "stream-reset") == 0)
        take_reset(promise, frame);
    else if (event != NULL)
        take_event(promise, frame, atoi(event + 1));
    else if (plain != NULL)
        take_plain(promise, atoi(plain + 1));
    else
        broken(promise, "what is %s?", frame->data);
    if (frame->has_id)
        promise->cursor = frame->id;
}

/* --- the ends --------------------------------------------------------------------------------- */

/* It is cut: its cursor must not have gone past what it did not get. What is gone it is told when
 * it comes back. */
static inline void promise_cut(struct promise *promise)
{
    for (size_t i = 0; i < CHANNEL_COUNT && promise->era != 0; i++) {
        if (!is_followed(promise, i))
            continue;
        struct event_id after = promise->told[i];
        for (int n = 0; (n = find_owed(promise, i, after, promise->cursor, n)) >= 0; n++)
            if (r.events[n].is_unheard)
                promise->told[i] = event_id_newer(promise->told[i], r.events[n].id);
            else if (!r.events[n].is_gone && !r.events[n].is_refused)
                broken(promise, "event %d was left out when it was cut", n);
        if (!promise->is_begun[i])
            promise->told[i] = event_id_newer(promise->told[i], promise->cursor);
    }
    memset(promise->owed, 0, sizeof promise->owed); /* nobody can know any more */
}

/* Redis is replaced by an older copy: a loss that the client would be told of behind its cursor,
 * when it comes back, may be unknown there. */
static inline void promise_excuse(struct promise *promise)
{
    promise->may_reset = promise->is_borrowed;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct event_id after = promise->told[i];
        int n = 0;
        while ((n = find_owed(promise, i, after, promise->cursor, n)) >= 0 && r.events[n].is_gone)
            n++;
        if (n < 0)
            promise->told[i] = event_id_newer(promise->told[i], promise->cursor);
    }
}

/* Nothing more will come: it must have got everything. */
static inline void promise_settle(struct promise *promise)
{
    if (!promise->is_open)
        broken(promise, "it is not open");
    for (size_t i = 0; i < CHANNEL_COUNT && must_find; i++)
        if (promise->owed[i] > 0)
            broken(promise, "event %d was left out for good", promise->owed[i]);
    for (int i = 0; i < r.event_count; i++) {
        const struct published *event = &r.events[i];
        if (is_followed(promise, event->channel) && event->era == r.keys.era && !event->is_void &&
            !event->is_refused && !is_unnoticed(promise, i, true) &&
            (promise->era != event->era || is_newer(event->id, promise->told[event->channel])))
            broken(promise, "event %d is missing in the end", i);
    }
}

#endif
