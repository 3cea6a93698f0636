/* The contract with Redis: names of keys and channels, and the script that every publisher goes
 * through.
 *
 *   <prefix>clock          hash    epoch, last, swept
 *   <prefix>last           hash    channel -> its newest id
 *   <prefix>log:<channel>  stream  recent events; entry id = event id
 *   <prefix>leases         zset    lease -> when it runs out, in ms of Redis' clock
 *   <prefix>wills          hash    lease -> what is published then (core/will.h)
 *   <prefix><channel>      pub/sub live events
 *
 * An id's time is that of Redis' clock, or later; its sequence number is one more than that of the
 * event before it on any channel of the prefix, so that two ids tell how many came between.
 */
#ifndef SSE_CORE_KEYS_H
#define SSE_CORE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/channel.h"

#define KEYS_PREFIX_MAX 100                                         /* bytes */
#define KEYS_NAME_MAX   (KEYS_PREFIX_MAX + 4 + CHANNEL_MAX + 2 + 1) /* with "log:", "/" "*", NUL */

/* The names under one prefix. */
struct keys {
    char prefix[KEYS_PREFIX_MAX + 1];
    char clock[KEYS_NAME_MAX];
    char last[KEYS_NAME_MAX];
    char leases[KEYS_NAME_MAX], wills[KEYS_NAME_MAX];
    /* A pub/sub channel that no user's channel can be (its name starts with `-`). */
    char control[KEYS_NAME_MAX];
};

/* NULL if `prefix` can be one: 2 to 100 printable ASCII characters, the last one `:`. Otherwise
 * what is wrong, as the end of a sentence that begins with the prefix. */
const char *keys_check_prefix(const char *prefix);

/* Fills in the names under a checked prefix. */
void keys_init(struct keys *keys, const char *prefix);

/* The pub/sub name to SUBSCRIBE to for a channel, or the glob to PSUBSCRIBE to for a pattern, with
 * what the prefix has of glob characters escaped. Returns as buf_add. */
int keys_subscription(const struct keys *keys, struct buf *out, const char *name);

/* The channel that a message's pub/sub name stands for: a pointer into `name`; NULL if it is none
 * of ours (another prefix, the control channel, a name that is no channel). */
const char *keys_channel(const struct keys *keys, const char *name);

/* A lease is a job's word that it lives, for so long: a job that is gone cannot say so itself, but
 * its lease runs out, and then a responder publishes its will. What a publish does about one is of
 * the same moment as the event, so never is the will published after the job's end. Behind the will
 * a job goes on that only could not say in time that it lives: it stood still, or its network did.
 *
 * A publish that comes too late, when the job is over, renews nothing: the end is in the log above
 * the floor, and names the lease there. Where the log does not reach back to the floor any more
 * only a lease that is there is renewed. */
enum keys_lease_deed {
    KEYS_RENEW,   /* with an event or without: it lasts from now on; made if it is missing */
    KEYS_RELEASE, /* with the event: it is over */
    KEYS_CLAIM    /* only if it has run out: publish the event, and it is over */
};

struct keys_lease {
    enum keys_lease_deed deed;
    const char *name; /* random: two jobs may share a channel; NULL: none of all this */
    size_t name_len;
    uint32_t ms;      /* to KEYS_RENEW: how long it lasts */
    const char *will; /* likewise */
    size_t will_len;
};

/* One publish. `channel`, `event` (NULL for message) and `data` are checked before.
 *
 * An entry keeps its `nonce` (NULL: none), by which a publish that Redis gets twice is known again:
 * what is in the log above `floor` is searched for it first. The floor is an id that Redis had
 * given before it could get the publish for the first time (NULL: no search). The first try passes
 * it as well as every other: a hung Redis, or a slow network, may let the first one through after
 * the second. */
struct keys_publish {
    const char *channel;
    const char *event; /* `end` ends the channel */
    const char *data;  /* NULL with a lease: no event, it is renewed */
    size_t data_len;
    const char *nonce;
    const char *floor;
    uint32_t retry_ms; /* 0: none */
    uint32_t keep;     /* events that the log keeps, about */
    uint32_t ttl_s;    /* seconds for which the log outlives its newest event */
    struct keys_lease lease;
};

/* A Redis command. `argv` points into the struct itself and into the strings that it was made of:
 * keep both, and do not copy it. */
#define KEYS_ARGC_MAX 22
struct keys_command {
    int argc;
    const char *argv[KEYS_ARGC_MAX];
    size_t argv_len[KEYS_ARGC_MAX];
    char log[KEYS_NAME_MAX], logs[KEYS_NAME_MAX], live[KEYS_NAME_MAX];
    char numbers[4][16];
};

/* The script behind keys_command_publish, for SCRIPT LOAD. */
extern const char KEYS_PUBLISH_SCRIPT[];

/* Makes the command for one publish: EVALSHA with `sha`, or EVAL where it is NULL. Its last two
 * arguments are nonce and data; more such pairs behind them are more events of the same form,
 * published in this order, all of one moment. With a lease there is one event at most.
 *
 * Redis answers an error, and then nothing is stored; or an array with one array for each event:
 *
 * - [id, receivers]: published.
 *
 * - [id, error]: stored, but something after that failed, at least one of its expiry, the newest
 * id, and sending it live.
 *
 * - [id]: it was published before, under this nonce.
 *
 * - ["", "", floor]: not known whether it was published before, since the log does not reach back
 * to the floor any more; now it is not. For one that was never tried before the floor that comes
 * will do.
 *
 * - ["", error]: not stored, and nothing behind it: the array ends here.
 *
 * - [id, receivers or error, error]: as without the third, but the lease is not renewed.
 *
 * Where there is no event: [newest id]; ["", error] when the lease is not renewed; or ["", "",
 * floor] as above, when there is none and the log does not say any more whether it is over. The
 * array is empty when there was nothing to claim: no such lease, or it has not run out. */
void keys_command_publish(struct keys_command *command, const struct keys *keys,
                          const struct keys_publish *publish, const char *sha);

#endif
