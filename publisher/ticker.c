/* Beats by the monotonic clock; signals are waited for, so there is no handler. */
#include "ticker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#define MESSAGE_MAX 1024

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

void ticker_init(struct ticker *ticker, const char *program, const struct target *target,
                 uint32_t period_ms)
{
    sigset_t stop;

    *ticker = (struct ticker){.program = program,
                              .target = target,
                              .period_ms = period_ms,
                              .due_ms = now_ms(),
                              .backoff = {.first_ms = 100, .most_ms = 5000}};
    stop_signals(&stop);
    sigprocmask(SIG_BLOCK, &stop, NULL);
}

bool ticker_wait(struct ticker *ticker)
{
    uint64_t now = now_ms();
    uint64_t wait = ticker->due_ms > now ? ticker->due_ms - now : 0;
    const struct timespec time = {.tv_sec = (time_t)(wait / 1000),
                                  .tv_nsec = (long)(wait % 1000) * 1000000};
    sigset_t stop;

    stop_signals(&stop);
    if (sigtimedwait(&stop, NULL, &time) > 0)
        return false;
    ticker->due_ms += ticker->period_ms;
    if (ticker->due_ms < now_ms()) /* held up: no burst to catch up */
        ticker->due_ms = now_ms() + ticker->period_ms;
    return true;
}

/* Says what is wrong, once until it works again. */
static void report(struct ticker *ticker, const char *what, const char *why)
{
    if (!ticker->was_reported)
        fprintf(stderr, "%s: %s: %s (said once; it goes on trying)\n", ticker->program, what, why);
    ticker->was_reported = true;
}

static void pause_connecting(struct ticker *ticker)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof random, 0) < 0)
        random = (uint32_t)now_ms();
    ticker->try_again_ms = now_ms() + backoff_next(&ticker->backoff, random);
}

/* Whether Redis is there; connects when it is time to. */
static bool has_redis(struct ticker *ticker)
{
    struct buf why;

    if (ticker->redis != NULL)
        return true;
    if (now_ms() < ticker->try_again_ms)
        return false;
    buf_init(&why, MESSAGE_MAX);
    ticker->redis = redis_publish_open(&ticker->target->redis, &ticker->target->keys, &why);
    if (ticker->redis == NULL) {
        if (buf_add(&why, "", 1) == 0)
            report(ticker, "Redis is away", why.data);
        pause_connecting(ticker);
    }
    buf_deinit(&why);
    return ticker->redis != NULL;
}

void ticker_publish(struct ticker *ticker, const char *channel, const char *event, const char *data,
                    size_t len)
{
    const struct keys_publish publish = {.channel = channel,
                                         .event = event,
                                         .data = data,
                                         .data_len = len,
                                         .keep = ticker->target->keep,
                                         .ttl_s = ticker->target->ttl_s};
    struct publish_result result;

    if (!has_redis(ticker) || redis_publish_send(ticker->redis, &publish) < 0)
        return;
    redis_publish_receive(ticker->redis, &result);
    if (result.outcome == PUBLISH_DONE) {
        ticker->was_reported = false;
        backoff_reset(&ticker->backoff);
        return;
    }
    report(ticker, "not published", result.error);
    if (result.outcome == PUBLISH_UNKNOWN) {
        redis_publish_close(ticker->redis);
        ticker->redis = NULL;
        pause_connecting(ticker);
    }
}

void ticker_deinit(struct ticker *ticker)
{
    redis_publish_close(ticker->redis);
    ticker->redis = NULL;
}
