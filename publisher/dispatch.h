/* A job's letters on their way to Redis, and with them its lease: what one thread does, which may
 * wait. */
#ifndef SSE_DISPATCH_H
#define SSE_DISPATCH_H

#include <stdbool.h>

#include "away.h"
#include "lease.h"
#include "mailbox.h"
#include "redis_publish.h"
#include "target.h"

struct dispatch {
    const struct target *target;
    const char *program; /* that says what is wrong */
    const char *channel;
    struct redis_publish *redis;
    struct lease lease;
    bool was_refused;           /* and that was said */
    bool has_complained;        /* likewise, of the lease */
    char error[AWAY_WORDS_MAX]; /* why the newest letter is not published; "" when it is */
};

/* What is pointed to must live as long; `patience` is copied. Returns 0, or -1 with errno. End with
 * dispatch_deinit, whatever was returned. */
int dispatch_init(struct dispatch *dispatch, const struct target *target, const char *program,
                  const char *channel, uint32_t lease_ms, const struct redis_patience *patience);
void dispatch_deinit(struct dispatch *dispatch);

/* Publishes a letter, for as long as that takes. Returns 0, or -1 when it is not published, after
 * it said why once. */
int dispatch_letter(struct dispatch *dispatch, const struct letter *letter);

/* The job says that it lives, in one try; when that fails the lease is due again soon. */
void dispatch_renewal(struct dispatch *dispatch);

/* Says on standard error `what` with `why` behind it, in one line. */
void dispatch_say(const struct dispatch *dispatch, const char *what, const char *why);

#endif
