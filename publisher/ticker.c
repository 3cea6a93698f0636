/* Beats by the monotonic clock; signals are waited for, so there is no handler. */
#include "ticker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "away.h"
#include "patience.h"

#define GOES_ON "; it goes on trying (said once)"

/* Says what is wrong, once until it works again, and what is done about it. */
static void report(struct ticker *ticker, const char *what, const char *manner)
{
    if (!ticker->was_reported)
        fprintf(stderr, "%s: %s%s\n", ticker->program, what, manner);
    ticker->was_reported = true;
}

static void report_away(struct ticker *ticker, const char *why)
{
    char words[AWAY_WORDS_MAX], manner[64] = "";

    if (!ticker->gives_up)
        strcpy(manner, GOES_ON);
    else if (ticker->patience_ms > 0)
        snprintf(manner, sizeof manner, "; trying again for %g s", ticker->patience_ms / 1000.0);
    away_words(words, &ticker->target->redis, why);
    report(ticker, words, manner);
}

static void on_notice(void *context, const char *why)
{
    struct ticker *ticker = context;

    if (why != NULL)
        report_away(ticker, why);
    else
        ticker->was_reported = false;
}

static bool is_stopped(const struct ticker *ticker)
{
    struct pollfd stop = {.fd = ticker->stop.fd, .events = POLLIN};

    return poll(&stop, 1, 0) > 0;
}

static void report_result(struct ticker *ticker, const struct publish_result *result)
{
    char words[sizeof result->error + 32];

    if (result->gave_up && result->outcome != PUBLISH_REFUSED) {
        if (is_stopped(ticker))
            return; /* no fault of Redis' */
        report_away(ticker, result->error);
        if (ticker->gives_up && ticker->patience_ms > 0)
            fprintf(stderr, "%s: given up after %g s\n", ticker->program,
                    ticker->patience_ms / 1000.0);
        return;
    }
    snprintf(words, sizeof words, "not published: %s", result->error);
    report(ticker, words, ticker->gives_up ? "" : GOES_ON);
}

int ticker_init(struct ticker *ticker, const char *program, const struct target *target,
                uint32_t period_ms, uint32_t patience_ms, bool gives_up)
{
    const struct redis_patience patience = {.timeout_ms = patience_ms,
                                            .stop_fd = &ticker->stop.fd,
                                            .notice = on_notice,
                                            .context = ticker};

    *ticker = (struct ticker){.program = program,
                              .target = target,
                              .period_ms = period_ms,
                              .patience_ms = patience_ms,
                              .gives_up = gives_up,
                              .due_ms = patience_now_ms()};
    if (stop_init(&ticker->stop) < 0) {
        fprintf(stderr, "%s: %s\n", program, strerror(errno));
        return -1;
    }
    ticker->redis = redis_publish_new(&target->redis, &target->keys, &patience);
    if (ticker->redis == NULL) {
        fprintf(stderr, "%s: no memory\n", program);
        return -1;
    }
    stop_hold(&ticker->stop);
    return 0;
}

bool ticker_wait(struct ticker *ticker)
{
    uint64_t now = patience_now_ms();
    uint64_t wait = ticker->due_ms > now ? ticker->due_ms - now : 0;
    const struct timespec time = {.tv_sec = (time_t)(wait / 1000),
                                  .tv_nsec = (long)(wait % 1000) * 1000000};

    if (sigtimedwait(&ticker->stop.set, NULL, &time) > 0)
        return false;
    ticker->due_ms += ticker->period_ms;
    if (ticker->due_ms < patience_now_ms()) /* held up: no burst to catch up */
        ticker->due_ms = patience_now_ms() + ticker->period_ms;
    return true;
}

int ticker_publish(struct ticker *ticker, const char *channel, const char *event, const char *data,
                   size_t len)
{
    const struct keys_publish publish = {.channel = channel,
                                         .event = event,
                                         .data = data,
                                         .data_len = len,
                                         .keep = ticker->target->keep,
                                         .ttl_s = ticker->target->ttl_s};
    struct publish_result result;

    if (redis_publish_send(ticker->redis, &publish) < 0)
        return -1;
    redis_publish_receive(ticker->redis, &result);
    if (result.outcome == PUBLISH_DONE) {
        ticker->was_reported = false;
        return 0;
    }
    report_result(ticker, &result);
    return result.outcome == PUBLISH_NOT_LIVE ? 0 : -1;
}

void ticker_deinit(struct ticker *ticker)
{
    redis_publish_close(ticker->redis);
    ticker->redis = NULL;
    stop_deinit(&ticker->stop);
}
