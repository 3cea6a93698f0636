/* One timer walks over all streams: that costs next to nothing once a second, and no memory a
 * stream. */
#include "age.h"

#include <stdlib.h>

#define WALK_MS       1000
#define WALKS_AN_AGE  50 /* at least, so that a short age is kept as well */
#define SPREAD_DIVIDE 4  /* the part of an age that chance takes away, at most */

struct ages {
    uv_timer_t timer;
    const struct config *config;
    struct streams *streams;
    uint32_t seed;
};

uint32_t age_limit_ms(uint32_t max_age_ms, uint64_t number, uint32_t seed)
{
    /* The finaliser of splitmix64: numbers that follow each other give numbers that do not. */
    uint64_t mixed = number * 0x9e3779b97f4a7c15 + seed;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    return max_age_ms - (uint32_t)((mixed >> 32) * (max_age_ms / SPREAD_DIVIDE + 1) >> 32);
}

struct ages *ages_new(uv_loop_t *loop, const struct config *config, struct streams *streams)
{
    struct ages *ages = calloc(1, sizeof *ages);

    if (ages == NULL)
        return NULL;
    ages->config = config;
    ages->streams = streams;
    uv_random(NULL, NULL, &ages->seed, sizeof ages->seed, 0, NULL);
    uv_timer_init(loop, &ages->timer);
    ages->timer.data = ages;
    return ages;
}

static void end_if_old(void *context, struct stream *stream)
{
    const struct ages *ages = context;

    if (stream_age_ms(stream) >=
        age_limit_ms(ages->config->max_age_ms, stream_number(stream), ages->seed))
        stream_end(stream, "old enough");
}

static void on_timer(uv_timer_t *timer)
{
    struct ages *ages = timer->data;

    streams_each_open(ages->streams, end_if_old, ages);
    if (streams_count(ages->streams) == 0)
        uv_timer_stop(timer);
}

void ages_watch(struct ages *ages)
{
    uint32_t max_age_ms = ages->config->max_age_ms;
    uint32_t every_ms = max_age_ms / WALKS_AN_AGE < WALK_MS ? max_age_ms / WALKS_AN_AGE : WALK_MS;

    if (max_age_ms > 0 && !uv_is_active((uv_handle_t *)&ages->timer))
        uv_timer_start(&ages->timer, on_timer, every_ms, every_ms);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void ages_free(struct ages *ages)
{
    if (ages != NULL)
        uv_close((uv_handle_t *)&ages->timer, on_closed);
}
