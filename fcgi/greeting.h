/* Answers that wait for Redis: a client that comes back to channels that have ended, and has all of
 * them, gets 204, which keeps browsers away. Nobody waits longer than a moment for that. */
#ifndef SSE_GREETING_H
#define SSE_GREETING_H

#include <stdbool.h>
#include <uv.h>

#include "config.h"
#include "core/buf.h"
#include "follower.h"
#include "stream.h"

struct greetings; /* all that wait on one loop */
struct greeting;

/* NULL without memory. */
struct greetings *greetings_new(uv_loop_t *loop, const struct config *config);

/* Lets the follower, whose stream has got nothing yet, wait: for at most a second its stream gets
 * nothing, then `begin`, and is greeted; `over` instead when greeting_decide says so before. The
 * bytes are copied. Returns 0, or -1 without memory. */
int greetings_add(struct greetings *greetings, struct follower *follower, const struct buf *begin,
                  const struct buf *over);

/* It is known: the stream begins, or all is over and it ends. NULL does nothing. */
void greeting_decide(struct greeting *greeting, bool is_over);

/* The stream is closed. NULL does nothing. */
void greeting_drop(struct greeting *greeting);

/* Nobody may wait. The loop must run once more for its handle. NULL does nothing. */
void greetings_free(struct greetings *greetings);

#endif
