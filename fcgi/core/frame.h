/* Events as SSE text (WHATWG HTML, 9.2.5 "Parsing an event stream"). */
#ifndef SSE_CORE_FRAME_H
#define SSE_CORE_FRAME_H

#include <stdint.h>

#include "core/buf.h"
#include "core/event.h"

/* What keeps an idle stream alive: a comment, with no blank line, which some clients would take
 * for an empty event. */
#define FRAME_HEARTBEAT ":\n"

/* Appends one frame: `event:` (not for `message`), `retry:` if the event has one, one `data:` line
 * a line of data (CR, LF and CRLF end lines; empty data is one empty line), `id:` if it has one,
 * and a blank line. `id:` is last, so that a cut within the frame moves nobody's cursor.
 * Returns as buf_add; on -1 some of it may be there. */
int frame_encode(struct buf *out, const struct event *event);

/* Appends the heartbeat that an EventSource shows: `stream-heartbeat`, whose data says in seconds
 * how often it comes at least. It has no id. Returns as buf_add. */
int frame_encode_heartbeat(struct buf *out, uint32_t heartbeat_ms);

/* Appends `retry:` and a comment, in no block of their own: the first bytes of a stream, and the
 * last ones that it gets when we end it. Returns as buf_add. */
int frame_encode_retry(struct buf *out, uint32_t retry_ms);

#endif
