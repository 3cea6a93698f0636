/* From the start to being live. */
#include "follower.h"

#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "notice.h"

/* Bytes that wait for a client, at most, while its replay goes on. */
#define REPLAY_BACKLOG (256 * 1024)

struct follower *follower_new(struct feed *feed, struct stream *stream, size_t count)
{
    struct follower *follower = calloc(1, sizeof *follower + count * sizeof *follower->links);

    if (follower == NULL)
        return NULL;
    follower->feed = feed;
    follower->stream = stream;
    held_init(&follower->held);
    SLIST_INIT(&follower->holes);
    return follower;
}

void follower_free(struct follower *follower)
{
    follower_set_phase(follower, PHASE_UNCONFIRMED);
    replay_free(follower->replay);
    held_drop(&follower->held);
    holes_clear(&follower->holes);
    free(follower);
}

void follower_set_phase(struct follower *follower, enum phase phase)
{
    struct feed *feed = follower->feed;

    if (follower->phase == PHASE_READY)
        TAILQ_REMOVE(&feed->ready, follower, waiting);
    else if (follower->phase == PHASE_ASKED)
        TAILQ_REMOVE(&feed->asked, follower, waiting);
    follower->phase = phase;
    follower->is_weighed = false;
    if (phase == PHASE_READY)
        TAILQ_INSERT_TAIL(&feed->ready, follower, waiting);
    else if (phase == PHASE_ASKED)
        TAILQ_INSERT_TAIL(&feed->asked, follower, waiting);
}

bool follower_is_confirmed(const struct follower *follower)
{
    for (size_t i = 0; i < follower->link_count; i++)
        if (follower->links[i].topic->state != TOPIC_CONFIRMED)
            return false;
    return true;
}

bool follower_is_first_match(const struct link *link, const char *channel)
{
    for (const struct link *at = link->follower->links; at < link; at++)
        if (channel_match(at->topic->name, channel))
            return false;
    return true;
}

struct start follower_start(const struct follower *follower)
{
    if (event_id_is_none(follower->position))
        return follower->start;
    return (struct start){.kind = START_AFTER, .after = follower->position};
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Sends one event, unless the follower has it. */
static void send_event(struct follower *follower, struct broadcast *event, bool is_state)
{
    unsigned form =
        (follower->is_wrapped ? BROADCAST_WRAPPED : 0) | (is_state ? BROADCAST_STATE : 0);
    struct event_id id = event->event.id;

    if (!event_id_is_none(id) && !is_state) {
        if (event_id_compare(id, follower->position) <= 0)
            return;
        follower->position = id;
        missed_pass(&follower->missed, id, !event->is_refused);
        holes_fill(&follower->holes, event->channel);
    }
    if (event->is_refused)
        return;
    struct record *record = broadcast_record(event, form);
    if (record == NULL)
        stream_abandon(follower->stream, "no memory");
    else
        stream_send(follower->stream, record);
}

/* The names of all that it follows, for free(3); NULL without memory. */
static const char **topic_names(const struct follower *follower)
{
    const char **names = malloc(follower->link_count * sizeof *names);

    for (size_t i = 0; names != NULL && i < follower->link_count; i++)
        names[i] = follower->links[i].topic->name;
    return names;
}

static void send_notice(struct follower *follower, int result, struct buf *frame)
{
    if (result == 0)
        stream_send_bytes(follower->stream, frame->data, frame->len);
    else
        stream_abandon(follower->stream, "no memory");
    buf_deinit(frame);
}

static void send_open(struct follower *follower)
{
    bool is_resumed = follower->start.kind == START_AFTER && !follower->has_lost;
    const char **names = topic_names(follower);
    struct buf frame;

    buf_init(&frame, SIZE_MAX);
    send_notice(follower,
                names == NULL ? -1
                              : notice_open(&frame, follower->horizon, names, follower->link_count,
                                            is_resumed),
                &frame);
    free(names);
}

/* How many events are gone up to `id`. Only where all channels are followed, ids tell. */
static uint64_t count_missed(struct follower *follower, struct event_id id)
{
    uint64_t count = missed_take(&follower->missed, id);

    for (size_t i = 0; i < follower->link_count; i++)
        if (strcmp(follower->links[i].topic->name, "*") == 0)
            return count;
    return 0;
}

static void send_reset(struct follower *follower, const struct replay_item *item)
{
    const char **names = item->channels == NULL ? topic_names(follower) : NULL;
    const char *const *channels = item->channels != NULL ? item->channels : names;
    size_t count = item->channels != NULL ? item->channel_count : follower->link_count;
    uint64_t missed = item->channels != NULL ? count_missed(follower, item->id) : 0;
    struct buf frame;

    buf_init(&frame, SIZE_MAX);
    send_notice(follower,
                channels == NULL ? -1
                                 : notice_reset(&frame, item->id, follower->requested, item->oldest,
                                                missed, channels, count),
                &frame);
    free(names);
    follower->has_lost = true;
    follower->position = item->id;
    /* The names of the item may be those of holes: it is not to be used any more. */
    if (item->channels == NULL)
        holes_clear(&follower->holes);
    if (item->channels == NULL || event_id_is_none(follower->missed.upto))
        missed_from(&follower->missed, item->id);
    for (size_t i = 0; i < item->channel_count; i++)
        holes_fill(&follower->holes, item->channels[i]);
}

/* --- being live ------------------------------------------------------------------------------- */

static void hold(struct follower *follower, struct broadcast *event)
{
    if (follower->has_missed)
        return;
    if (held_bytes_behind(&follower->held) > follower->feed->config->queue_max) {
        held_drop(&follower->held);
        follower->has_missed = true;
    } else if (held_add(&follower->held, event) < 0) {
        stream_abandon(follower->stream, "no memory");
    }
}

void follower_offer(struct follower *follower, struct broadcast *event)
{
    if (follower->phase != PHASE_LIVE)
        hold(follower, event);
    else if (stream_backlog(follower->stream) > follower->feed->config->queue_max)
        stream_abandon(follower->stream, "too far behind");
    else
        send_event(follower, event, false);
}

/* Whether all that it follows has ended; with a pattern nothing ever has. */
static bool has_ended(const struct follower *follower)
{
    for (size_t i = 0; i < follower->link_count; i++) {
        const char *name = follower->links[i].topic->name;
        const struct chain *chain =
            channel_is_pattern(name) ? NULL : history_find(follower->feed->history, name);
        if (chain == NULL || !chain->is_ended || event_id_compare(chain->newest, chain->last) != 0)
            return false;
    }
    return true;
}

void follower_end_if_over(struct follower *follower)
{
    if (follower->phase == PHASE_LIVE && has_ended(follower))
        stream_end(follower->stream, "all channels ended");
}

static void open_stream(struct follower *follower)
{
    struct broadcast *event;

    follower_set_phase(follower, PHASE_LIVE);
    missed_from(&follower->missed, follower->horizon);
    send_open(follower);
    follower->start.kind = START_AFTER;
    follower->is_unbroken = follower->has_lost = false;
    while ((event = held_take(&follower->held)) != NULL) {
        /* One with an id of another clock may have come while that was found out. */
        if (event_id_is_none(event->event.id) ||
            event_id_compare(event->event.epoch, follower->feed->epoch) == 0)
            send_event(follower, event, false);
        broadcast_unref(event);
    }
    follower_end_if_over(follower);
}

/* --- replaying -------------------------------------------------------------------------------- */

/* All up to the horizon is queued. */
static void finish_replay(struct follower *follower)
{
    replay_free(follower->replay);
    follower->replay = NULL;
    holes_clear(&follower->holes);
    if (event_id_compare(follower->position, follower->horizon) < 0)
        follower->position = follower->horizon;
    if (!follower->has_missed) {
        open_stream(follower);
        return;
    }
    follower->has_missed = false;
    follower_set_phase(follower, PHASE_READY);
    follower->feed->wake(follower->feed->wake_context);
}

/* A client is to become live with room for what comes then. */
static size_t backlog_max(const struct follower *follower)
{
    size_t half = follower->feed->config->queue_max / 2;

    return half < REPLAY_BACKLOG ? half : REPLAY_BACKLOG;
}

static void go_on(struct follower *follower)
{
    struct replay_item item;

    while (follower->replay != NULL && stream_is_open(follower->stream)) {
        if (stream_backlog(follower->stream) > backlog_max(follower)) {
            stream_tell_when_drained(follower->stream);
            return;
        }
        switch (replay_next(follower->replay, &item)) {
        case REPLAY_EVENT:
            send_event(follower, item.event, item.is_state);
            break;
        case REPLAY_RESET:
            send_reset(follower, &item);
            break;
        case REPLAY_WAIT:
            return;
        case REPLAY_DONE:
            finish_replay(follower);
            return;
        case REPLAY_FAILED:
            stream_abandon(follower->stream, "no memory");
            return;
        }
    }
}

static void on_ready(void *context)
{
    go_on(context);
}

void follower_drained(struct follower *follower)
{
    go_on(follower);
}

struct legs {
    struct follower *follower;
    const struct link *link;
    bool is_reset; /* everything is told to be lost already */
    bool is_full;  /* no memory for more */
};

static void add_leg(void *context, struct chain *chain)
{
    struct legs *legs = context;
    struct follower *follower = legs->follower;
    const struct hole *hole = holes_find(&follower->holes, chain->name);
    int result;

    if (!follower_is_first_match(legs->link, chain->name))
        return;
    if (hole == NULL || legs->is_reset)
        result = replay_add(follower->replay, chain->name, chain->last, NULL);
    else if (event_id_compare(chain->last, follower->position) > 0)
        result = replay_add(follower->replay, chain->name, chain->last, &hole->heard);
    else if (event_id_compare(chain->last, hole->heard) > 0)
        result = replay_add_gone(follower->replay, hole->channel, follower->position);
    else
        result = 0;
    if (result < 0)
        legs->is_full = true;
}

/* Adds what each topic has to tell. Returns -1 without memory. */
static int add_legs(struct follower *follower, const struct start *start, bool is_reset)
{
    const struct feed *feed = follower->feed;
    bool is_swept = start->kind == START_AFTER && !is_reset && !follower->is_unbroken &&
                    event_id_compare(start->after, feed->swept) < 0;

    for (size_t i = 0; i < follower->link_count; i++) {
        const char *name = follower->links[i].topic->name;
        bool is_known = !channel_is_pattern(name) && history_find(feed->history, name) != NULL;
        struct legs legs = {
            .follower = follower, .link = &follower->links[i], .is_reset = is_reset};
        history_each(feed->history, name, add_leg, &legs);
        if (legs.is_full ||
            (is_swept && !is_known && replay_add_gone(follower->replay, name, feed->swept) < 0))
            return -1;
    }
    return 0;
}

void follower_begin(struct follower *follower, struct event_id horizon, struct event_id told)
{
    struct feed *feed = follower->feed;
    struct start start = follower_start(follower);

    follower_set_phase(follower, PHASE_REPLAYING);
    follower->horizon = horizon;
    follower->requested = start.after;
    follower->proved = event_id_newer(told, start.after);
    follower->replay = replay_new(feed->history, feed->reads, &start, on_ready, follower);
    if (follower->replay == NULL) {
        stream_abandon(follower->stream, "no memory");
        return;
    }
    bool is_reset = start.kind == START_AFTER && (event_id_compare(start.after, feed->epoch) < 0 ||
                                                  event_id_compare(start.after, horizon) > 0);
    if (start.kind == START_AFTER)
        missed_resume(&follower->missed, start.after, feed->epoch);
    if (is_reset)
        replay_reset(follower->replay, feed->epoch);
    else if (follower->is_unbroken)
        replay_excuse(follower->replay, feed->swept);
    if (add_legs(follower, &start, is_reset) < 0) {
        stream_abandon(follower->stream, "no memory");
        return;
    }
    if (follower->greeting != NULL)
        feed->greet(follower->greeting, start.kind == START_AFTER &&
                                            replay_is_empty(follower->replay) &&
                                            has_ended(follower));
    go_on(follower);
}

void follower_restart(struct follower *follower, bool is_unbroken)
{
    follower->is_unbroken = is_unbroken && (follower->is_unbroken || follower->phase == PHASE_LIVE);
    replay_free(follower->replay);
    follower->replay = NULL;
    held_drop(&follower->held);
    if (!follower->is_unbroken)
        holes_clear(&follower->holes); /* what was swept would look like one */
    follower->has_missed = false;
    follower_set_phase(follower, follower_is_confirmed(follower) ? PHASE_READY : PHASE_UNCONFIRMED);
}

void follower_mend(struct follower *follower, const char *channel, struct event_id heard)
{
    bool was_live = follower->phase == PHASE_LIVE || follower->is_unbroken;

    heard = event_id_newer(heard, follower->proved);
    if (was_live && event_id_compare(follower->position, heard) > 0 &&
        holes_add(&follower->holes, channel, heard) < 0)
        stream_abandon(follower->stream, "no memory");
    follower_restart(follower, true);
}
