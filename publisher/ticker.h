/* The beat of a worker that publishes at fixed intervals until it is told to stop. */
#ifndef SSE_TICKER_H
#define SSE_TICKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis_publish.h"
#include "stop.h"
#include "target.h"

/* Redis may go and come back: each is said once. */
struct ticker {
    const char *program;
    const struct target *target;
    uint32_t period_ms;
    uint32_t patience_ms;
    bool gives_up;
    uint64_t due_ms; /* the next beat, by the monotonic clock */
    struct stop stop;
    struct redis_publish *redis;
    bool was_reported;
};

/* For a worker whose every event counts: Redis is waited for until a signal comes. */
#define TICKER_PATIENT_MS 2000000000

/* Begins; SIGINT and SIGTERM no longer end the process by themselves, ticker_wait tells of them.
 * Each event waits `patience_ms` for Redis, and time stands still meanwhile; with 0 there is but
 * one try, and what falls due while Redis is away is dropped. `gives_up`: the worker ends when one
 * is not published, and that is what is said. The ticker must stay where it is. Returns 0; or -1,
 * after it said why. */
int ticker_init(struct ticker *ticker, const char *program, const struct target *target,
                uint32_t period_ms, uint32_t patience_ms, bool gives_up);

/* Waits for the next beat. Returns false once the process was told to stop. */
bool ticker_wait(struct ticker *ticker);

/* Publishes; a signal ends it. `event` is NULL for message. Returns 0; or -1 when it is not
 * published, or that is not known. */
int ticker_publish(struct ticker *ticker, const char *channel, const char *event, const char *data,
                   size_t len);

void ticker_deinit(struct ticker *ticker);

#endif
