/* Publishing, pipelined: send as many as you like, then receive as many answers, in order. */
#ifndef SSE_REDIS_PUBLISH_H
#define SSE_REDIS_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/event_id.h"
#include "core/keys.h"
#include "core/redis_url.h"

struct redis_publish;

enum publish_outcome {
    PUBLISH_DONE,     /* in the log, and sent live */
    PUBLISH_NOT_LIVE, /* in the log; Redis would not send it live, see `error` */
    PUBLISH_REFUSED,  /* nothing is stored; Redis said why, see `error` */
    PUBLISH_UNKNOWN   /* no answer that says so: the connection is broken, and nothing more can be
                         received */
};

struct publish_result {
    enum publish_outcome outcome;
    char id[EVENT_ID_TEXT_MAX]; /* of an event that is in the log */
    char error[256];
};

/* Connects, signs in and loads the script. `keys` must live as long. NULL when that fails, and
 * *why says what went wrong. */
struct redis_publish *redis_publish_open(const struct redis_url *url, const struct keys *keys,
                                         struct buf *why);

/* Whether the connection still stands, as far as the system knows. Only while nothing waits to be
 * received. */
bool redis_publish_is_connected(const struct redis_publish *publisher);

/* Queues one publish; what it points to is copied. Returns 0, or -1 without memory. */
int redis_publish_send(struct redis_publish *publisher, const struct keys_publish *publish);

/* Sends what is queued and waits for the next answer. Call it once for each send. */
void redis_publish_receive(struct redis_publish *publisher, struct publish_result *result);

/* Closes the connection. What was not received may or may not be published. NULL does nothing. */
void redis_publish_close(struct redis_publish *publisher);

#endif
