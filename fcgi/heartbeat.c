/* Heartbeats, encoded once for all streams. */
#include "heartbeat.h"

#include "core/buf.h"
#include "core/frame.h"

int heartbeat_init(struct heartbeat *heartbeat, const struct config *config)
{
    struct buf event;

    *heartbeat = (struct heartbeat){0};
    heartbeat->comment = record_new_output(FRAME_HEARTBEAT, sizeof FRAME_HEARTBEAT - 1);
    buf_init(&event, SIZE_MAX);
    if (frame_encode_heartbeat(&event, config->heartbeat_ms) == 0)
        heartbeat->event = record_new_output(event.data, event.len);
    buf_deinit(&event);
    return heartbeat->comment != NULL && heartbeat->event != NULL ? 0 : -1;
}

void heartbeat_deinit(struct heartbeat *heartbeat)
{
    record_unref(heartbeat->comment);
    record_unref(heartbeat->event);
}
