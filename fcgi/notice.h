/* The responder's own events, as SSE text (design: "event from the responder itself"). */
#ifndef SSE_NOTICE_H
#define SSE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/event_id.h"

/* Appends `stream-open`: caught up and live, `id:` being the horizon. Returns as buf_add. */
int notice_open(struct buf *out, struct event_id horizon, const char *const *channels, size_t count,
                bool is_resumed);

/* Appends `stream-reset`: of the channels, events between `requested` and `gone` are gone; `oldest`
 * is the first one that is kept, 0-0 if none is. `missed`: how many that are, 0 if it is not known.
 * Returns as buf_add. */
int notice_reset(struct buf *out, struct event_id gone, struct event_id requested,
                 struct event_id oldest, uint64_t missed, const char *const *channels,
                 size_t count);

#endif
