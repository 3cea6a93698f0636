/* From a message or an entry to records that all streams share. */
#include "broadcast.h"

#include <stdlib.h>
#include <string.h>

#include "core/frame.h"

/* JSON makes at most 6 bytes of one, and an envelope has a few fields beside the data. */
#define ENVELOPE_MAX(data_max) ((data_max)*6 + 4096)
/* A line end in the data becomes a line of its own, with "data: " before it; wrapped, a byte of
 * data may be 6 of JSON. */
#define FRAME_MAX(data_len) ((data_len)*8 + 4096)

static const char TOO_LARGE[] = "larger than SSE_MAX_EVENT";

/* The data, and a frame of it or two, in which each line has `data: ` before it. */
static size_t size_of(const struct event *event)
{
    size_t lines = 1;

    for (size_t i = 0; i < event->data_len; i++)
        lines += event->data[i] == '\n' || event->data[i] == '\r';
    return sizeof(struct broadcast) + 256 + 3 * event->data_len + 12 * lines;
}

/* Takes the event. Returns as broadcast_new_live, and sets *why where it is refused here. */
static struct broadcast *make(const char *channel, struct event *event, size_t data_max,
                              const char **why)
{
    struct broadcast *broadcast = NULL;

    if (*why == NULL && event->data_len > data_max)
        *why = TOO_LARGE;
    if (*why == NULL || !event_id_is_none(event->id))
        broadcast = calloc(1, sizeof *broadcast + strlen(channel) + 1);
    if (*why == EVENT_NO_MEMORY)
        *why = NULL;
    if (broadcast == NULL) {
        event_deinit(event);
        return NULL;
    }
    broadcast->refs = 1;
    broadcast->event = *event;
    broadcast->is_refused = *why != NULL;
    broadcast->size = size_of(event);
    strcpy(broadcast->channel, channel);
    return broadcast;
}

struct broadcast *broadcast_new_live(const char *channel, const char *message, size_t len,
                                     size_t data_max, const char **why)
{
    struct event event = {0};

    *why = len > ENVELOPE_MAX(data_max) ? TOO_LARGE : event_decode(&event, message, len);
    return make(channel, &event, data_max, why);
}

struct broadcast *broadcast_new_entry(const char *channel, struct event_id id,
                                      const struct event_field *fields, size_t count,
                                      size_t data_max, const char **why)
{
    struct event event;

    *why = event_decode_entry(&event, id, fields, count);
    return make(channel, &event, data_max, why);
}

struct broadcast *broadcast_ref(struct broadcast *broadcast)
{
    broadcast->refs++;
    return broadcast;
}

void broadcast_unref(struct broadcast *broadcast)
{
    if (broadcast == NULL || --broadcast->refs > 0)
        return;
    event_deinit(&broadcast->event);
    for (size_t form = 0; form < BROADCAST_FORMS; form++)
        record_unref(broadcast->records[form]);
    free(broadcast);
}

/* The wrapped event goes out as `message`, its name being within: a client of several channels
 * then sees every event by one handler, whatever its name. */
static struct record *encode(const struct broadcast *broadcast, unsigned form)
{
    struct buf json, frame;
    struct event outer = broadcast->event;
    struct record *record = NULL;

    buf_init(&json, FRAME_MAX(broadcast->event.data_len));
    buf_init(&frame, 2 * FRAME_MAX(broadcast->event.data_len));
    if (form & BROADCAST_STATE)
        outer.id = (struct event_id){0};
    if (form & BROADCAST_WRAPPED) {
        if (event_wrap(&json, broadcast->channel, &broadcast->event) < 0)
            goto out;
        outer.name = NULL;
        outer.data = json.data;
        outer.data_len = json.len;
    }
    if (frame_encode(&frame, &outer) == 0)
        record = record_new_output(frame.data, frame.len);
out:
    buf_deinit(&json);
    buf_deinit(&frame);
    return record;
}

struct record *broadcast_record(struct broadcast *broadcast, unsigned form)
{
    struct record **place = &broadcast->records[form];

    if (*place == NULL)
        *place = encode(broadcast, form);
    return *place;
}
