/* Jobs that died: publishes the will of each lease that has run out (core/keys.h). All responders
 * look, and one of them gets it.
 *
 * A job renews its lease through Redis, so a lease means nothing while the job could not: Redis was
 * away, stood still, took no writes, or its clock jumped. Hence a lease counts as run out only
 * after this responder has had a Redis that goes on evenly for as long as the lease itself lasts.
 */
#ifndef SSE_LEASES_H
#define SSE_LEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <uv.h>

#include "config.h"
#include "redis_link.h"

struct leases {
    uv_timer_t timer; /* the next look */
    const struct config *config;
    struct redis_link *reader; /* NULL while there is none */
    uint64_t even_ms;          /* since then Redis has gone on evenly; this and the next two by the
                                  loop's clock */
    uint64_t asked_ms, answered_ms;
    uint64_t redis_ms; /* by Redis' clock, at the last answer; 0: none yet */
    bool is_uneven;    /* since the last answer */
    size_t skip;       /* leases that have run out and do not count yet, before the next ones */
    bool is_refused;   /* something was since the last look */
    bool was_refused;  /* and that was said */
    STAILQ_HEAD(, claim) claims; /* on their way */
};

/* `config` must live as long. */
void leases_init(struct leases *leases, uv_loop_t *loop, const struct config *config);

/* The connection is up, until leases_stop. */
void leases_start(struct leases *leases, struct redis_link *reader);
void leases_stop(struct leases *leases);

/* An answer on the connection. Returns whether it was to one of these questions. */
bool leases_take(struct leases *leases, const void *about, const redisReply *reply);

/* The memory must stay until `on_closed` is called, with &leases->timer, whose data is then `data`.
 */
void leases_close(struct leases *leases, uv_close_cb on_closed, void *data);

#endif
