/* The beat of a worker that publishes at fixed intervals until it is told to stop. */
#ifndef SSE_TICKER_H
#define SSE_TICKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis_publish.h"
#include "stop.h"
#include "target.h"

/* Redis may go and come back: what falls due meanwhile is dropped, and said once. */
struct ticker {
    const char *program;
    const struct target *target;
    uint32_t period_ms;
    uint64_t due_ms; /* the next beat, by the monotonic clock */
    struct stop stop;
    struct redis_publish *redis;
    bool was_reported;
};

/* Begins; SIGINT and SIGTERM no longer end the process by themselves, ticker_wait tells of them.
 * The ticker must stay where it is. Returns 0; or -1, after it said why. */
int ticker_init(struct ticker *ticker, const char *program, const struct target *target,
                uint32_t period_ms);

/* Waits for the next beat. Returns false once the process was told to stop. */
bool ticker_wait(struct ticker *ticker);

/* Publishes, if Redis is there: one try, which a signal ends. `event` is NULL for message. */
void ticker_publish(struct ticker *ticker, const char *channel, const char *event, const char *data,
                    size_t len);

void ticker_deinit(struct ticker *ticker);

#endif
