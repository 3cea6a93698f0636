/* A job's lease (core/keys.h): its name and its will, and when it is to be renewed. One
 * thread is told of the job, another one renews. */
#ifndef SSE_LEASE_H
#define SSE_LEASE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/keys.h"
#include "core/will.h"
#include "progress.h"
#include "publish_queue.h"

#define LEASE_NEVER UINT64_MAX

struct lease {
    char name[17]; /* hexadecimal */
    struct will will;
    pthread_mutex_t lock; /* of `text`: all else is of the thread that renews */
    struct buf text;      /* the newest will, encoded */
    struct buf sent;      /* the one that was sent last */
    uint64_t due_ms;      /* when it is to be renewed, by patience_now_ms; or LEASE_NEVER */
    bool is_made;         /* it may be in Redis, or have been */
    char complaint[256];  /* what Redis has against it; "" for nothing */
};

/* `ms` for which it lasts; the rest of the will as in struct keys_publish. Returns 0, or -1 with
 * errno. End with lease_deinit, whatever was returned. */
int lease_init(struct lease *lease, uint32_t ms, const char *channel, uint32_t keep,
               uint32_t ttl_s);
void lease_deinit(struct lease *lease);

/* For the thread that knows of the job: from now on this is what is published should the job die:
 * its state is then `lost`, and it has no rate. Without memory the one before stays. */
void lease_bequeath(struct lease *lease, const struct progress *progress);

/* What a publish of `event` does about the lease; a renewal without one if that is NULL. Its
 * strings are the lease's, valid until the next call. No name: nothing. */
struct keys_lease lease_part(struct lease *lease, const char *event);

/* What came of a publish with such a part: sets when the next renewal is due, and the complaint. */
void lease_settle(struct lease *lease, const struct publish_result *result, uint64_t now_ms);

/* Whether a publish that Redis has refused may do better without its part. Not when the lease may
 * be in Redis: it must not outlive the end. */
bool lease_can_be_left_out(const struct lease *lease, const struct publish_result *result);

/* There is none any more: Redis does not let us. */
void lease_give_up(struct lease *lease);

#endif
