/* One connection to Redis: a command, its answer, and what is wrong when none comes (hiredis). */
#ifndef SSE_REDIS_CALL_H
#define SSE_REDIS_CALL_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/redis_url.h"
#include "patience.h"

struct redis_fault {
    bool is_answer;  /* Redis said it, and did not do what it was asked to */
    bool is_passing; /* later it may work */
    char text[256];
};

/* Whether an error that Redis answers with speaks of a state that it, or its place, will leave:
 * LOADING, READONLY and the like, also inside a script's error. */
bool redis_error_is_passing(const char *error);

/* Connects, signs in and selects the database. The caller ends it by redisFree. NULL when that
 * fails, and *fault says why. */
redisContext *redis_call_open(const struct redis_url *url, const struct patience *patience,
                              struct redis_fault *fault);

/* Sends one command and waits for its answer, which the caller frees. NULL when there is none or it
 * is an error, and *fault says which. Without an answer the command may or may not have been
 * carried out, or still will be, and the connection is of no use any more. */
redisReply *redis_call_run(redisContext *redis, const struct patience *patience,
                           struct redis_fault *fault, int argc, const char **argv,
                           const size_t *argv_len);

/* Whether the connection still stands, as far as the system knows. */
bool redis_call_is_connected(const redisContext *redis);

#endif
