/* Counting what happens to all clients, and printing it as JSON. */
#include "tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>

static const char *const STATES[CLIENT_STATES] = {
    [CLIENT_AWAY] = "away",     [CLIENT_WAITING] = "waiting",
    [CLIENT_QUEUED] = "queued", [CLIENT_CONNECTING] = "connecting",
    [CLIENT_ASKED] = "asked",   [CLIENT_ANSWERED] = "answered",
    [CLIENT_LIVE] = "live",     [CLIENT_CLOSING] = "closing",
    [CLIENT_DONE] = "done",
};
static const char *const ENDS[CLIENT_ENDS] = {
    [END_CLEAN] = "clean",           [END_CUT] = "cut",       [END_EMPTY] = "empty",
    [END_UNANSWERED] = "unanswered", [END_STATUS] = "status", [END_REFUSED] = "refused",
    [END_SILENT] = "silent",         [END_BROKEN] = "broken", [END_OURS] = "ours",
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

size_t tally_expected(const struct tally *tally)
{
    return tally->clients - tally->in_state[CLIENT_AWAY] - tally->in_state[CLIENT_DONE];
}

void tally_start_watch(struct tally *tally)
{
    tally->all_live = false;
    tally->incomplete_since = now_ms();
}

void tally_move(struct tally *tally, enum client_state from, enum client_state to)
{
    struct timespec wall;
    bool all_live;

    tally->in_state[from]--;
    tally->in_state[to]++;
    all_live =
        tally->in_state[CLIENT_LIVE] > 0 && tally->in_state[CLIENT_LIVE] == tally_expected(tally);
    if (tally->all_live && !all_live)
        tally_start_watch(tally);
    if (!tally->all_live && all_live) {
        tally->all_live = true;
        clock_gettime(CLOCK_REALTIME, &wall);
        printf("{\"event\":\"live\",\"streams\":%zu,\"ms\":%" PRIu64 ",\"at\":%lld}\n",
               tally->in_state[CLIENT_LIVE], now_ms() - tally->incomplete_since,
               (long long)wall.tv_sec * 1000 + wall.tv_nsec / 1000000);
        fflush(stdout);
    }
}

void tally_print(const struct tally *tally)
{
    const char *comma = "";

    printf("\"streams\":%zu,\"expected\":%zu", tally->clients, tally_expected(tally));
    for (int i = 0; i < CLIENT_STATES; i++)
        printf(",\"%s\":%zu", STATES[i], tally->in_state[i]);
    printf(",\"connections\":%" PRIu64 ",\"reconnects\":%" PRIu64 ",\"events\":%" PRIu64
           ",\"without_id\":%" PRIu64 ",\"opens\":%" PRIu64 ",\"stream_resets\":%" PRIu64
           ",\"ends\":{",
           tally->connections, tally->reconnects, tally->events, tally->without_id, tally->opens,
           tally->resets);
    for (int i = 0; i < CLIENT_ENDS; i++)
        printf("%s\"%s\":%" PRIu64, i == 0 ? "" : ",", ENDS[i], tally->ends[i]);
    printf("},\"statuses\":{");
    for (int i = 0; i < 600; i++) {
        if (tally->statuses[i] == 0)
            continue;
        printf("%s\"%d\":%" PRIu64, comma, i, tally->statuses[i]);
        comma = ",";
    }
    printf("}");
}

void tally_print_latency(struct tally *tally)
{
    struct latency *latency = &tally->latency;

    printf("{\"event\":\"latency\",\"count\":%" PRIu64 ",\"p50_us\":%" PRIu64 ",\"p99_us\":%" PRIu64
           ",\"p999_us\":%" PRIu64 ",\"max_us\":%" PRIu64 "}\n",
           latency->count, latency_percentile(latency, 50), latency_percentile(latency, 99),
           latency_percentile(latency, 99.9), latency->max_us);
    fflush(stdout);
    latency_clear(latency);
}
