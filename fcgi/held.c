/* Events that wait for their stream. */
#include "held.h"

#include <stdlib.h>

struct held_event {
    STAILQ_ENTRY(held_event) next;
    struct broadcast *event;
};

void held_init(struct held *held)
{
    held->bytes_behind = 0;
    STAILQ_INIT(&held->events);
}

int held_add(struct held *held, struct broadcast *event)
{
    struct held_event *added = malloc(sizeof *added);

    if (added == NULL)
        return -1;
    added->event = broadcast_ref(event);
    if (!STAILQ_EMPTY(&held->events))
        held->bytes_behind += event->size;
    STAILQ_INSERT_TAIL(&held->events, added, next);
    return 0;
}

struct broadcast *held_take(struct held *held)
{
    struct held_event *first = STAILQ_FIRST(&held->events);

    if (first == NULL)
        return NULL;
    STAILQ_REMOVE_HEAD(&held->events, next);
    if (!STAILQ_EMPTY(&held->events))
        held->bytes_behind -= STAILQ_FIRST(&held->events)->event->size;
    struct broadcast *event = first->event;
    free(first);
    return event;
}

size_t held_bytes_behind(const struct held *held)
{
    return held->bytes_behind;
}

void held_drop(struct held *held)
{
    struct broadcast *event;

    while ((event = held_take(held)) != NULL)
        broadcast_unref(event);
}
