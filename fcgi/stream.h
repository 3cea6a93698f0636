/* One SSE response: the descriptor to the web server, what waits to be written, heartbeat, end.
 *
 * A stream is OPEN until somebody ends it; ENDING while the last bytes go out; then CLOSED, and
 * freed by the loop. What is sent within one turn of the loop is written in one go at its end.
 * All of this runs on the loop's thread. */
#ifndef SSE_STREAM_H
#define SSE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "config.h"
#include "record.h"

struct stream;
struct streams; /* all streams of one loop */

/* Called once for each stream, when it closes, for whatever reason; `member` is what
 * stream_set_member gave, or NULL. The stream must not be used afterwards. */
typedef void stream_closed_fn(void *context, struct stream *stream, void *member);

/* Called once for each stream_tell_when_drained, by the loop itself: the stream is OPEN and nothing
 * waits to be written. It may send to, end and abandon streams, and ask to be told again. */
typedef void stream_drained_fn(void *context, struct stream *stream, void *member);

/* NULL without memory. `config` must live as long. `on_drained` may be NULL when nobody asks. */
struct streams *streams_new(uv_loop_t *loop, const struct config *config,
                            stream_closed_fn *on_closed, stream_drained_fn *on_drained,
                            void *context);

size_t streams_count(const struct streams *streams);

/* Calls `visit` for every stream that is OPEN; it may send to and end streams. */
void streams_each_open(struct streams *streams, void (*visit)(void *context, struct stream *stream),
                       void *context);

/* Closes every stream at once. */
void streams_close_all(struct streams *streams, const char *reason);

/* Frees the set; no stream may be left. The loop must run once more for its handles, of which
 * the last frees the memory. NULL does nothing. */
void streams_free(struct streams *streams);

/* An OPEN stream that answers request `request_id` on the socket `fd`, which it takes: it closes it
 * also when it fails. The end of input on `fd`, or an error, closes the stream. With
 * RECORD_UNFRAMED `fd` is CGI's standard output, which is only written to. NULL without memory or
 * when the loop cannot watch the descriptor. */
struct stream *stream_new(struct streams *streams, int fd, uint16_t request_id);

/* A number for the log: streams are counted from 1. */
uint64_t stream_number(const struct stream *stream);

/* Whether it still takes what is sent. */
bool stream_is_open(const struct stream *stream);

/* How long it has been open, in milliseconds. */
uint64_t stream_age_ms(const struct stream *stream);

/* What on_closed and on_drained get. */
void stream_set_member(struct stream *stream, void *member);
void *stream_member(const struct stream *stream);

/* From now on its heartbeats are events. */
void stream_show_heartbeats(struct stream *stream);

/* Queues the records; the caller keeps its reference. A stream that is not OPEN takes nothing.
 * Without memory the stream is abandoned. */
void stream_send(struct stream *stream, struct record *record);

/* Queues bytes for this stream alone. Otherwise as stream_send. */
void stream_send_bytes(struct stream *stream, const void *bytes, size_t len);

/* Bytes that wait for the client behind what is being sent now: one large event alone does not make
 * a client slow. */
size_t stream_backlog(const struct stream *stream);

/* Has on_drained called once, as soon as all that was sent is written: in the next turn of the loop
 * if nothing waits even now. A stream that ends or is abandoned before is not told. */
void stream_tell_when_drained(struct stream *stream);

/* Ends an OPEN stream: what waits is still sent, then END_REQUEST, then it closes; also when the
 * client takes nothing for a heartbeat's time. `reason` (static) is for the log. */
void stream_end(struct stream *stream, const char *reason);

/* Closes the stream, without a farewell, at the end of this turn of the loop: safe while walking
 * over streams. `reason` (static) is for the log. */
void stream_abandon(struct stream *stream, const char *reason);

#endif
