/* One connection to Redis on the loop: connect, AUTH, SELECT, commands, loss. */
#ifndef SSE_REDIS_LINK_H
#define SSE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "core/redis_url.h"

struct redis_link;

/* Called once, when the connection is made and signed in. */
typedef void redis_link_up_fn(void *context);

/* Called once, when the connection could not be made or is lost. The link is gone with it: do not
 * use it and do not close it. `why` is valid during the call. */
typedef void redis_link_down_fn(void *context, const char *why);

/* An answer to the command that was sent with `data`; for a subscription every message on it.
 * Not called for what is unanswered when the connection goes. `reply` is valid during the call. */
typedef void redis_link_reply_fn(void *context, void *data, redisReply *reply);

struct redis_link_hooks {
    void *context;
    redis_link_up_fn *on_up;
    redis_link_down_fn *on_down;
    redis_link_reply_fn *on_reply;
};

#define REDIS_LINK_WHY_MAX 200

/* Starts to connect; the name of a host is looked up without blocking the loop. `url` must live as
 * long as the link. on_up or on_down is called later, never from within this function. NULL when it
 * fails at once, and then `why` says so. */
struct redis_link *redis_link_open(uv_loop_t *loop, const struct redis_url *url,
                                   const struct redis_link_hooks *hooks,
                                   char why[REDIS_LINK_WHY_MAX]);

/* Sends a command, copied. Returns 0, or -1 without memory. */
int redis_link_send(struct redis_link *link, void *data, int argc, const char *const *argv,
                    const size_t *argv_len);

/* Of the server, once the link is up: what it calls this run of it, "" if it does not say; and
 * whether it is a replica, to which nothing is published. */
const char *redis_link_run_id(const struct redis_link *link);
bool redis_link_is_replica(const struct redis_link *link);

/* Ends the connection; no hook is called any more. NULL does nothing. */
void redis_link_close(struct redis_link *link);

#endif
