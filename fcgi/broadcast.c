/* From a message to records that all streams share. */
#include "broadcast.h"

#include <stdlib.h>
#include <string.h>

#include "core/frame.h"

/* JSON makes at most 6 bytes of one, and an envelope has a few fields beside the data. */
#define ENVELOPE_MAX(data_max) ((data_max)*6 + 4096)
/* A line end in the data becomes a line of its own, with "data: " before it; wrapped, a byte of
 * data may be 6 of JSON. */
#define FRAME_MAX(data_len) ((data_len)*8 + 4096)

static bool is_same(const struct broadcast *broadcast, const char *channel, const char *message,
                    size_t len)
{
    return broadcast->channel != NULL && broadcast->message_len == len &&
           memcmp(broadcast->message, message, len) == 0 &&
           strcmp(broadcast->channel, channel) == 0;
}

const char *broadcast_set(struct broadcast *broadcast, const char *channel, const char *message,
                          size_t len, size_t data_max)
{
    static const char too_large[] = "larger than SSE_MAX_EVENT";
    const char *why;

    if (is_same(broadcast, channel, message, len))
        return NULL;
    broadcast_deinit(broadcast);
    if (len > ENVELOPE_MAX(data_max))
        return too_large;
    why = event_decode(&broadcast->event, message, len);
    if (why != NULL)
        return why;
    if (broadcast->event.data_len > data_max) {
        broadcast_deinit(broadcast);
        return too_large;
    }
    broadcast->channel = strdup(channel);
    broadcast->message = malloc(len + 1);
    if (broadcast->channel == NULL || broadcast->message == NULL) {
        broadcast_deinit(broadcast);
        return "no memory";
    }
    memcpy(broadcast->message, message, len);
    broadcast->message_len = len;
    return NULL;
}

/* The wrapped event goes out as `message`, its name being within: a client of several channels
 * then sees every event by one handler, whatever its name. */
static struct record *encode(struct broadcast *broadcast, bool wrap)
{
    struct buf json, frame;
    struct event outer = broadcast->event;
    struct record *record = NULL;

    buf_init(&json, FRAME_MAX(broadcast->event.data_len));
    buf_init(&frame, 2 * FRAME_MAX(broadcast->event.data_len));
    if (wrap) {
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

struct record *broadcast_record(struct broadcast *broadcast, bool wrap)
{
    struct record **place = wrap ? &broadcast->wrapped : &broadcast->plain;

    if (*place == NULL)
        *place = encode(broadcast, wrap);
    return *place;
}

void broadcast_deinit(struct broadcast *broadcast)
{
    free(broadcast->channel);
    free(broadcast->message);
    event_deinit(&broadcast->event);
    record_unref(broadcast->plain);
    record_unref(broadcast->wrapped);
    *broadcast = (struct broadcast){0};
}
