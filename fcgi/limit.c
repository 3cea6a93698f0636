/* The limit of streams. */
#include "limit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/log.h"

#define QUIET_MS     1000 /* between log lines */
#define RESERVE      32   /* descriptors: what we have open ourselves, and a few requests */
#define RESERVE_PART 16   /* and this part of all, since many come at once where many are */
#define RESERVE_MAX  1024
#define WAITING_MIN  4
#define WAITING_MAX  1024

struct limit {
    uv_timer_t quiet; /* runs while nothing is logged */
    const struct config *config;
    uint64_t turned_away, told;
    size_t streams; /* when the last one was turned away */
};

size_t limit_of_descriptors(size_t descriptors)
{
    size_t reserve = RESERVE + descriptors / RESERVE_PART;

    if (reserve > RESERVE_MAX)
        reserve = RESERVE_MAX;
    return descriptors > reserve ? descriptors - reserve : 0;
}

/* Those that the loop is just turning away have their descriptors until the end of its turn, and as
 * many may come meanwhile: hence the half. */
size_t limit_waiting(size_t streams)
{
    struct rlimit descriptors;

    if (getrlimit(RLIMIT_NOFILE, &descriptors) < 0)
        return WAITING_MIN;
    size_t used = streams + RESERVE;
    size_t waiting = descriptors.rlim_cur > used ? (size_t)(descriptors.rlim_cur - used) / 2 : 0;
    if (waiting > WAITING_MAX)
        return WAITING_MAX;
    return waiting > WAITING_MIN ? waiting : WAITING_MIN;
}

struct limit *limit_new(uv_loop_t *loop, const struct config *config)
{
    struct limit *limit = calloc(1, sizeof *limit);

    if (limit == NULL)
        return NULL;
    limit->config = config;
    uv_timer_init(loop, &limit->quiet);
    uv_unref((uv_handle_t *)&limit->quiet);
    limit->quiet.data = limit;
    return limit;
}

size_t limit_streams(const struct limit *limit)
{
    size_t most = limit->config->max_streams > 0 ? limit->config->max_streams : SIZE_MAX;
    struct rlimit descriptors;

    if (getrlimit(RLIMIT_NOFILE, &descriptors) < 0 || descriptors.rlim_cur == RLIM_INFINITY)
        return most;
    size_t possible = limit_of_descriptors((size_t)descriptors.rlim_cur);
    return possible < most ? possible : most;
}

static void tell(struct limit *limit);

static void on_quiet_over(uv_timer_t *timer)
{
    struct limit *limit = timer->data;

    if (limit->turned_away > limit->told)
        tell(limit);
}

static void tell(struct limit *limit)
{
    log_event(LOG_WARNING, "limit", "streams=%zu turned_away=%" PRIu64, limit->streams,
              limit->turned_away);
    limit->told = limit->turned_away;
    uv_timer_start(&limit->quiet, on_quiet_over, QUIET_MS, 0);
}

void limit_turned_away(struct limit *limit, size_t streams)
{
    limit->turned_away++;
    limit->streams = streams;
    if (!uv_is_active((uv_handle_t *)&limit->quiet))
        tell(limit);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void limit_free(struct limit *limit)
{
    if (limit != NULL)
        uv_close((uv_handle_t *)&limit->quiet, on_closed);
}
