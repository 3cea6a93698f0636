/* Does memory have it all? */
#include "coverage.h"

struct coverage {
    const struct start *start;
    struct event_id horizon;
    bool is_covered;
};

static void check_chain(void *context, struct chain *chain)
{
    struct coverage *coverage = context;
    const struct start *start = coverage->start;
    bool is_held;

    if (!coverage->is_covered)
        return;
    if (start->kind == START_LAST)
        is_held = start->count == 0 || history_has_newest(chain, start->count);
    else
        is_held = event_id_compare(chain->last, start->after) <= 0 ||
                  event_id_compare(chain->floor, start->after) <= 0 ||
                  (start->kind == START_SINCE && chain->is_bottom);
    /* Beyond the horizon, or not heard yet: of another channel something may still be missing. */
    if (!is_held || event_id_compare(chain->last, coverage->horizon) > 0 ||
        event_id_compare(chain->last, chain->newest) > 0)
        coverage->is_covered = false;
}

bool is_covered_by_memory(const struct follower *follower, struct event_id *horizon)
{
    const struct feed *feed = follower->feed;
    const struct start start = follower_start(follower);
    struct coverage coverage = {.start = &start, .is_covered = true};

    *horizon = (struct event_id){UINT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < follower->link_count; i++) {
        const struct topic *topic = follower->links[i].topic;
        if (!topic->is_listed)
            return false;
        if (event_id_compare(topic->listed_at, *horizon) < 0)
            *horizon = topic->listed_at;
    }
    if (event_id_compare(feed->live, *horizon) > 0)
        *horizon = feed->live;
    if (start.kind == START_AFTER && (event_id_compare(start.after, feed->epoch) < 0 ||
                                      event_id_compare(start.after, feed->swept) < 0 ||
                                      event_id_compare(start.after, *horizon) > 0))
        return false;
    coverage.horizon = *horizon;
    for (size_t i = 0; i < follower->link_count && coverage.is_covered; i++)
        history_each(feed->history, follower->links[i].topic->name, check_chain, &coverage);
    return coverage.is_covered;
}
