/* What goes before an answer: its header, as CGI text (RFC 3875, section 6). */
#ifndef SSE_REPLY_H
#define SSE_REPLY_H

#include "config.h"
#include "core/buf.h"

/* Appends the header of an event stream. `origin` is the request's Origin, "" if it has none; it
 * decides the CORS fields (Fetch standard, 3.2). Returns as buf_add; on -1 some may be there. */
int reply_stream(struct buf *out, const struct config *config, const char *origin);

/* Appends the whole answer to OPTIONS, a CORS preflight or not. Otherwise as reply_stream. */
int reply_options(struct buf *out, const struct config *config, const char *origin);

/* Appends the whole answer that keeps an EventSource from coming back: 204. Otherwise as
 * reply_stream. */
int reply_over(struct buf *out, const struct config *config, const char *origin);

/* Appends a whole answer that refuses: 400, 404, 405 or 500, and the reason as plain text.
 * Otherwise as reply_stream. */
int reply_refusal(struct buf *out, const struct config *config, const char *origin, int status,
                  const struct buf *why);

#endif
