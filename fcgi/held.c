/* Events that wait for their stream. */
#include "held.h"

#include <stdlib.h>

struct held_event {
    STAILQ_ENTRY(held_event) next;
    struct event_id id;
    struct record *record;
};

void held_init(struct held *held)
{
    held->bytes_behind = 0;
    STAILQ_INIT(&held->events);
}

int held_add(struct held *held, struct event_id id, struct record *record)
{
    struct held_event *event = malloc(sizeof *event);

    if (event == NULL)
        return -1;
    *event = (struct held_event){.id = id, .record = record_ref(record)};
    if (!STAILQ_EMPTY(&held->events))
        held->bytes_behind += record->len;
    STAILQ_INSERT_TAIL(&held->events, event, next);
    return 0;
}

struct record *held_take(struct held *held, struct event_id *id)
{
    struct held_event *event = STAILQ_FIRST(&held->events);

    if (event == NULL)
        return NULL;
    STAILQ_REMOVE_HEAD(&held->events, next);
    if (!STAILQ_EMPTY(&held->events))
        held->bytes_behind -= STAILQ_FIRST(&held->events)->record->len;
    struct record *record = event->record;
    *id = event->id;
    free(event);
    return record;
}

size_t held_bytes_behind(const struct held *held)
{
    return held->bytes_behind;
}

void held_drop(struct held *held)
{
    struct record *record;
    struct event_id id;

    while ((record = held_take(held, &id)) != NULL)
        record_unref(record);
}
