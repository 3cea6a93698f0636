/* Gaps: found and mended. */
#include "gaps.h"

#include "core/channel.h"
#include "core/log.h"

void gaps_mend(struct gaps *gaps, const char *channel, const char *how)
{
    struct chain *chain = history_find(gaps->feed->history, channel);
    struct event_id heard = {0};
    struct topic *topic = NULL;
    struct link *link;

    log_event(LOG_WARNING, "gap", "channel=%s found=\"%s\"", channel, how);
    if (chain != NULL) {
        heard = chain->newest;
        history_forget(gaps->feed->history, chain);
    }
    while ((topic = topics_next(gaps->topics, channel, topic)) != NULL) {
        LIST_FOREACH (link, &topic->links, of_topic)
            follower_mend(link->follower, channel, heard);
        topic->is_asked = topic->is_listed = false;
    }
    starts_outdate(gaps->starts);
    starts_run(gaps->starts);
}

/* Whether `last`, which Redis has, was not heard: of the channel all up to something older was, and
 * what else came live is newer. */
static bool was_missed(const struct gaps *gaps, const char *channel, struct event_id last)
{
    const struct chain *chain = history_find(gaps->feed->history, channel);
    const struct topic *topic = NULL;

    if (chain != NULL)
        return event_id_compare(chain->newest, last) < 0;
    while ((topic = topics_next(gaps->topics, channel, topic)) != NULL)
        if (topic->is_listed && event_id_compare(topic->listed_at, last) < 0)
            return true;
    return false;
}

void gaps_check(struct gaps *gaps, const struct start_answer *answer)
{
    for (size_t i = 0; i < answer->channel_count; i++) {
        const struct known_channel *channel = &answer->channels[i];
        if (event_id_compare(channel->last, gaps->feed->live) <= 0 &&
            was_missed(gaps, channel->name, channel->last))
            gaps_mend(gaps, channel->name, "Redis has one that was not heard");
    }
}

size_t gaps_sample(struct gaps *gaps, const char **names, size_t max)
{
    size_t count = history_sample(gaps->feed->history, names, max / 2, &gaps->sampled);
    struct topic *topic;
    size_t at = 0;

    gaps->sampled_at = gaps->feed->live;
    /* Channels without events, as far as is known. */
    LIST_FOREACH (topic, &gaps->topics->all, of_topics)
        if (topic->is_listed && !channel_is_pattern(topic->name) &&
            history_find(gaps->feed->history, topic->name) == NULL &&
            at++ >= gaps->sampled_silent && count < max)
            names[count++] = topic->name;
    gaps->sampled_silent = gaps->sampled_silent + max / 2 < at ? gaps->sampled_silent + max / 2 : 0;
    return count;
}

void gaps_verify(struct gaps *gaps, const char *channel, struct event_id last)
{
    struct chain *chain = history_find(gaps->feed->history, channel);

    /* Swept, unless it is newer than the question: then what is known of it is of no more use. */
    if (chain != NULL && event_id_is_none(last) &&
        event_id_compare(chain->last, gaps->sampled_at) <= 0) {
        gaps->feed->swept = event_id_newer(gaps->feed->swept, chain->last);
        history_forget(gaps->feed->history, chain);
        return;
    }
    if (was_missed(gaps, channel, last))
        gaps_mend(gaps, channel, "Redis has one that was not heard");
}
