/* What the responder asks Redis, as commands (design, section 3). */
#ifndef SSE_QUERIES_H
#define SSE_QUERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event_id.h"
#include "core/keys.h"
#include "log_reads.h"

/* A command. Its arguments point into the struct itself and into what it was made of: keep both,
 * and do not copy it. */
struct query {
    int argc;
    const char **argv; /* for free(3), both */
    size_t *argv_len;
    char log[KEYS_NAME_MAX];
    char numbers[3][EVENT_ID_TEXT_MAX];
};

/* A lease as it is in Redis, where anybody may have put it. */
struct lease_text {
    const char *name, *will; /* not owned; `will` may be NULL */
    size_t name_len, will_len;
};

/* Each makes a command, which query_deinit ends whatever is returned. They return 0, or -1 without
 * memory. */

/* Redis answers [epoch, swept, horizon, [channel, last, ended, ...]], all of one moment: the
 * channels that `names` mean and that it knows; `ended` is 0 or 1, or -1 for one that a pattern
 * means. The clock is made if it is missing. A clock that is behind `seen` goes on above it, under
 * a new epoch (5a, rule 8). */
int query_start(struct query *query, const struct keys *keys, const char *const *names,
                size_t count, struct event_id seen);

/* Redis answers entries, of the newest first if that is what is read. */
int query_log(struct query *query, const struct keys *keys, const struct log_read *read);

/* Redis answers the newest ids of the channels, in their order. */
int query_newest(struct query *query, const struct keys *keys, const char *const *channels,
                 size_t count);

/* Redis answers [now, next, names, wills] of leases that have run out, the first `skip` of them
 * left out, and of the others the first LEASES_MOST: its clock in ms, when the next one of all
 * others runs out ("" for none), and of each its name and its will (nil for none). Both lists end
 * at the same one. It answers an error while it takes no renewals: no memory, no disk, a replica.
 */
#define LEASES_MOST 100
int query_leases(struct query *query, const struct keys *keys, size_t skip);

/* Removes a lease that has this will (NULL for none). Redis answers a number. */
int query_drop(struct query *query, const struct keys *keys, const struct lease_text *lease);

void query_deinit(struct query *query);

#endif
