/* Legs, merged.
 *
 * With a cursor, nothing may be told before every leg has its first page, since the oldest event of
 * all comes first. From then on the legs that have something are a heap, with the lowest id on top;
 * a leg whose page is used up is the one that was on top, and holds up all others until its next
 * page is there. Without a cursor, one channel's state is told after the other's. */
#include "replay.h"

#include <stdlib.h>

#include "leg.h"

#define LOADING_MAX 64 /* reads that one replay has on their way */
#define STATES_MAX  8  /* states that are read ahead, if they are small */

struct replay {
    struct history *history;
    struct log_reads *reads;
    struct start start;
    replay_ready_fn *on_ready;
    void *context;
    struct leg **legs;
    size_t leg_count, leg_room;
    size_t first;   /* legs before it are done, or (with a cursor) on the heap */
    size_t next;    /* the first one that was not loaded yet */
    size_t loading; /* reads on their way */
    struct leg **heap;
    size_t heap_count;
    struct leg *current;    /* whose head was told last, until the next one is there */
    bool is_told;           /* it was: it is to be advanced */
    const char **lost;      /* the channels of the reset that was told last */
    bool is_reset, is_gone; /* still to be told */
    struct event_id epoch;
    struct event_id swept; /* see replay_excuse */
    struct event_id gone_id;
    const char **gone;
    size_t gone_count;
};

struct replay *replay_new(struct history *history, struct log_reads *reads,
                          const struct start *start, replay_ready_fn *on_ready, void *context)
{
    struct replay *replay = calloc(1, sizeof *replay);

    if (replay == NULL)
        return NULL;
    replay->history = history;
    replay->reads = reads;
    replay->start = *start;
    replay->on_ready = on_ready;
    replay->context = context;
    return replay;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    for (size_t i = 0; i < replay->leg_count; i++)
        leg_free(replay->legs[i]);
    free(replay->legs);
    free(replay->heap);
    free(replay->gone);
    free(replay->lost);
    free(replay);
}

void replay_reset(struct replay *replay, struct event_id epoch)
{
    replay->is_reset = true;
    replay->epoch = epoch;
    replay->start = (struct start){.kind = START_AFTER, .after = epoch};
}

void replay_excuse(struct replay *replay, struct event_id swept)
{
    replay->swept = swept;
}

static void on_page(void *context, struct page *page)
{
    struct leg *leg = context;
    struct replay *replay = leg->owner;

    replay->loading--;
    leg_take(leg, page);
    replay->on_ready(replay->context);
}

int replay_add(struct replay *replay, const char *channel, struct event_id last,
               const struct event_id *heard)
{
    if (replay->start.kind == START_LAST && replay->start.count == 0)
        return 0;
    if (replay->start.kind != START_LAST && event_id_compare(last, replay->start.after) <= 0)
        return 0;
    if (replay->leg_count == replay->leg_room) {
        size_t room = replay->leg_room > 0 ? 2 * replay->leg_room : 4;
        struct leg **legs = realloc(replay->legs, room * sizeof *legs);
        if (legs == NULL)
            return -1;
        replay->legs = legs;
        struct leg **heap = realloc(replay->heap, room * sizeof *heap);
        if (heap == NULL)
            return -1;
        replay->heap = heap;
        replay->leg_room = room;
    }
    struct leg *leg = leg_new(channel, &replay->start, last, on_page, replay);
    if (leg == NULL)
        return -1;
    leg->swept = replay->swept;
    if (heard != NULL)
        leg->heard = *heard;
    replay->legs[replay->leg_count++] = leg;
    return 0;
}

int replay_add_gone(struct replay *replay, const char *name, struct event_id id)
{
    const char **gone = realloc(replay->gone, (replay->gone_count + 1) * sizeof *gone);

    if (gone == NULL)
        return -1;
    replay->gone = gone;
    gone[replay->gone_count++] = name;
    replay->gone_id = event_id_newer(replay->gone_id, id);
    replay->is_gone = true;
    return 0;
}

bool replay_is_empty(const struct replay *replay)
{
    return replay->leg_count == 0 && !replay->is_reset && !replay->is_gone;
}

/* --- loading ---------------------------------------------------------------------------------- */

static void load(struct replay *replay, struct leg *leg)
{
    leg_load(leg, replay->history, replay->reads);
    if (leg->state == LEG_LOADING)
        replay->loading++;
}

/* Loads first pages, so many at a time. */
static void load_ahead(struct replay *replay)
{
    size_t most = LOADING_MAX;

    if (replay->start.kind == START_LAST)
        most = replay->start.count < STATES_MAX ? STATES_MAX : 1;
    while (replay->next < replay->leg_count && replay->loading < most &&
           replay->next < replay->first + most) {
        struct leg *leg = replay->legs[replay->next++];
        leg_share(leg, replay->leg_count);
        load(replay, leg);
    }
}

/* --- the heap --------------------------------------------------------------------------------- */

/* A reset comes before the event with its id, which is then another channel's: see reset_place. */
static bool is_before(const struct leg *a, const struct leg *b)
{
    int order = event_id_compare(leg_id(a), leg_id(b));

    return order < 0 || (order == 0 && a->is_reset && !b->is_reset);
}

static void heap_push(struct replay *replay, struct leg *leg)
{
    size_t at = replay->heap_count++;

    for (; at > 0 && is_before(leg, replay->heap[(at - 1) / 2]); at = (at - 1) / 2)
        replay->heap[at] = replay->heap[(at - 1) / 2];
    replay->heap[at] = leg;
}

static void heap_pop(struct replay *replay)
{
    struct leg *leg = replay->heap[--replay->heap_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= replay->heap_count)
            break;
        if (child + 1 < replay->heap_count &&
            is_before(replay->heap[child + 1], replay->heap[child]))
            child++;
        if (!is_before(replay->heap[child], leg))
            break;
        replay->heap[at] = replay->heap[child];
        at = child;
    }
    if (replay->heap_count > 0)
        replay->heap[at] = leg;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void tell_event(struct leg *leg, struct replay_item *item)
{
    *item = (struct replay_item){.event = leg_event(leg), .is_state = leg->kind == START_LAST};
}

/* Of the event that comes next; 0-0 if none is known. */
static struct event_id oldest_id(const struct replay *replay)
{
    const struct broadcast *oldest = replay->heap_count > 0 ? leg_event(replay->heap[0]) : NULL;

    return oldest != NULL ? oldest->event.id : (struct event_id){0};
}

/* Brings a leg to where something comes next. REPLAY_EVENT: it is there. */
static enum replay_outcome settle(struct replay *replay, struct leg *leg)
{
    while (leg->state == LEG_EMPTY)
        load(replay, leg);
    switch (leg->state) {
    case LEG_HEAD:
        return REPLAY_EVENT;
    case LEG_LOADING:
        return REPLAY_WAIT;
    case LEG_FAILED:
        return REPLAY_FAILED;
    default:
        page_unref(leg->page);
        leg->page = NULL;
        return REPLAY_DONE;
    }
}

/* One leg after the other. */
static enum replay_outcome next_state(struct replay *replay, struct replay_item *item)
{
    if (replay->current != NULL)
        leg_advance(replay->current);
    replay->current = NULL;
    for (; replay->first < replay->leg_count; replay->first++) {
        load_ahead(replay);
        struct leg *leg = replay->legs[replay->first];
        enum replay_outcome outcome = settle(replay, leg);
        if (outcome == REPLAY_EVENT) {
            replay->current = leg;
            tell_event(leg, item);
            return outcome;
        }
        if (outcome != REPLAY_DONE)
            return outcome;
        leg_free(leg);
        replay->legs[replay->first] = NULL;
    }
    return REPLAY_DONE;
}

/* Puts every leg that has something onto the heap. REPLAY_DONE: no leg is waited for. */
static enum replay_outcome fill_heap(struct replay *replay)
{
    for (; replay->first < replay->leg_count; replay->first++) {
        load_ahead(replay);
        struct leg *leg = replay->legs[replay->first];
        enum replay_outcome outcome = settle(replay, leg);
        if (outcome == REPLAY_EVENT)
            heap_push(replay, leg);
        else if (outcome != REPLAY_DONE)
            return outcome;
    }
    if (replay->current == NULL)
        return REPLAY_DONE;
    enum replay_outcome outcome = settle(replay, replay->current);
    if (outcome == REPLAY_EVENT)
        heap_push(replay, replay->current);
    if (outcome == REPLAY_EVENT || outcome == REPLAY_DONE)
        replay->current = NULL;
    return replay->current == NULL ? REPLAY_DONE : outcome;
}

static bool is_on_top(const struct replay *replay, struct event_id reset)
{
    return replay->heap_count > 0 && replay->heap[0]->is_reset &&
           event_id_compare(replay->heap[0]->reset, reset) == 0;
}

/* The id of a reset for what is lost up to `id`. What was swept last may still be in memory, and is
 * told next; a client that is cut between the two has to come back with a cursor below it, since
 * only then it is told again what it lost. */
static struct event_id reset_place(const struct replay *replay, struct event_id id)
{
    const struct leg *top = replay->heap_count > 0 ? replay->heap[0] : NULL;
    bool is_next = top != NULL && event_id_compare(leg_id(top), id) == 0;

    return is_next ? event_id_before(id) : id;
}

/* Tells all that is lost up to `id`, in one item: a client that was cut between two with the same
 * id would not be told the second one. Behind it none of these legs waits for a page. */
static enum replay_outcome tell_reset(struct replay *replay, struct event_id id,
                                      struct replay_item *item)
{
    size_t room = replay->gone_count + replay->heap_count;
    const char **lost = realloc(replay->lost, (room > 0 ? room : 1) * sizeof *lost);
    struct event_id oldest = {0};
    size_t count = 0;

    if (lost == NULL)
        return REPLAY_FAILED;
    replay->lost = lost;
    bool is_gone = replay->is_gone && event_id_compare(replay->gone_id, id) == 0;
    while (is_gone && count < replay->gone_count) {
        lost[count] = replay->gone[count];
        count++;
    }
    while (is_on_top(replay, id)) {
        struct leg *leg = replay->heap[0];
        heap_pop(replay);
        lost[count++] = leg->channel;
        leg_advance(leg);
        if (leg->state != LEG_HEAD)
            continue;
        if (event_id_is_none(oldest) || event_id_compare(leg_id(leg), oldest) < 0)
            oldest = leg_id(leg);
        heap_push(replay, leg);
    }
    if (is_gone) {
        replay->is_gone = false;
        oldest = oldest_id(replay);
    }
    *item = (struct replay_item){
        .id = reset_place(replay, id), .oldest = oldest, .channels = lost, .channel_count = count};
    return REPLAY_RESET;
}

enum replay_outcome replay_next(struct replay *replay, struct replay_item *item)
{
    if (replay->start.kind == START_LAST)
        return next_state(replay, item);
    if (replay->is_told)
        leg_advance(replay->current);
    replay->is_told = false;
    enum replay_outcome outcome = fill_heap(replay);
    if (outcome != REPLAY_DONE)
        return outcome;
    if (replay->is_reset) {
        replay->is_reset = false;
        *item = (struct replay_item){.id = replay->epoch, .oldest = oldest_id(replay)};
        return REPLAY_RESET;
    }
    struct leg *top = replay->heap_count > 0 ? replay->heap[0] : NULL;
    if (replay->is_gone && (top == NULL || event_id_compare(replay->gone_id, leg_id(top)) <= 0))
        return tell_reset(replay, replay->gone_id, item);
    if (top == NULL)
        return REPLAY_DONE;
    if (top->is_reset)
        return tell_reset(replay, top->reset, item);
    heap_pop(replay);
    replay->current = top;
    replay->is_told = true;
    tell_event(top, item);
    return REPLAY_EVENT;
}
