/* Publishing, pipelined: send as many as you like, then receive as many results, in order.
 *
 * Redis may go and come back meanwhile. What is not answered is published again, under the same
 * nonces and above the same floor (core/keys.h), until it is answered or patience is at its end:
 * each event is in its log once, and in the order in which it was sent. */
#ifndef SSE_REDIS_PUBLISH_H
#define SSE_REDIS_PUBLISH_H

#include <stdint.h>

#include "core/keys.h"
#include "core/redis_url.h"
#include "publish_queue.h"

struct redis_publish;

/* How to wait for Redis. All zero: one try. */
struct redis_patience {
    uint32_t timeout_ms; /* for which it is tried, since the last answer; 0: one try */
    int *stop_fd;        /* readable: give up at once; NULL for none */
    /* Called when Redis is found to be away, with the reason, and, with NULL, when it is back. May
     * be NULL. */
    void (*notice)(void *context, const char *why);
    void *context;
};

/* Does not connect yet. `url` and `keys` must live as long; `patience` is copied, NULL for one try.
 * NULL without memory. */
struct redis_publish *redis_publish_new(const struct redis_url *url, const struct keys *keys,
                                        const struct redis_patience *patience);

/* Connects, if it is not connected. Returns 0; or -1, and *result says why as for an event. */
int redis_publish_connect(struct redis_publish *publisher, struct publish_result *result);

/* Queues one publish; what it points to is copied, nonce and floor are not looked at. Without data
 * it renews a lease and has an id for its result as an event has. Returns 0, or -1 without memory.
 */
int redis_publish_send(struct redis_publish *publisher, const struct keys_publish *publish);

/* Sends what is queued and waits for the next result. Call it once for each send. After one that
 * gave up a try goes on only with the next send. */
void redis_publish_receive(struct redis_publish *publisher, struct publish_result *result);

/* The same for the only one that is queued, in one try, which takes some seconds at the most while
 * Redis does not answer, and gives no notice. */
void redis_publish_try(struct redis_publish *publisher, struct publish_result *result);

/* Closes the connection. What was not received may or may not be published. NULL does nothing. */
void redis_publish_close(struct redis_publish *publisher);

#endif
