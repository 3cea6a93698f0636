/* Events on their way: first those with a result that nobody has fetched yet, then the unanswered,
 * of which some at the front may be stored already. */
#ifndef SSE_PUBLISH_QUEUE_H
#define SSE_PUBLISH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/event_id.h"
#include "core/keys.h"

enum publish_outcome {
    PUBLISH_DONE,     /* in the log, and sent live */
    PUBLISH_NOT_LIVE, /* in the log, but what comes after that failed, see `error` */
    PUBLISH_REFUSED,  /* nothing is stored; Redis said why, see `error` */
    PUBLISH_AWAY,     /* nothing is stored; Redis is away, see `error` */
    PUBLISH_UNKNOWN   /* stored or not, see `error` for why nobody knows */
};

struct publish_result {
    enum publish_outcome outcome;
    bool gave_up;               /* patience is at its end, for all that was sent */
    char id[EVENT_ID_TEXT_MAX]; /* of an event that is in the log */
    int64_t receivers; /* of PUBLISH_DONE: subscribers in Redis, so responders, not browsers; -1
                          when that is not known, since an earlier try had published it */
    char channel[CHANNEL_MAX + 1]; /* of the event, set when it is fetched */
    size_t size;                   /* of its data, likewise */
    char error[256]; /* of PUBLISH_DONE: "", or why a lease that it was to renew is not renewed */
};

struct queued {
    STAILQ_ENTRY(queued) next;
    struct keys_publish publish; /* its strings are behind it; the floor is NULL */
    struct publish_result result;
    char nonce[17];
    char strings[];
};

struct publish_queue {
    STAILQ_HEAD(, queued) all;
    struct queued *unanswered; /* the first one; NULL for none */
    size_t doubtful;           /* so many of the unanswered, from the first on, may be stored */
    uint64_t nonce;            /* of the next event */
};

/* `nonce` is random. */
void publish_queue_init(struct publish_queue *queue, uint64_t nonce);
void publish_queue_deinit(struct publish_queue *queue);

/* Adds an event, copied, with a nonce of its own. Returns 0, or -1 without memory. */
int publish_queue_add(struct publish_queue *queue, const struct keys_publish *publish);

/* The first unanswered event has its result: an outcome, an id ("" for none), an error. Returns it,
 * valid until it is fetched. */
struct publish_result *publish_queue_answer(struct publish_queue *queue,
                                            enum publish_outcome outcome, const char *id,
                                            const char *error);

/* Takes the first event out. It must have its result. */
void publish_queue_fetch(struct publish_queue *queue, struct publish_result *result);

#endif
