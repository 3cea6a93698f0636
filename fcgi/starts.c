/* Who starts, and when. */
#include "starts.h"

#include <stdlib.h>

#include "core/channel.h"
#include "coverage.h"

/* Starts all that memory has everything for. Who is found not to be one of them is not looked at
 * again before there is an answer. */
static void begin_covered(struct starts *starts)
{
    struct follower *follower, *next;
    struct event_id horizon;

    for (follower = TAILQ_FIRST(&starts->feed->ready); follower != NULL; follower = next) {
        next = TAILQ_NEXT(follower, waiting);
        if (follower->is_weighed)
            continue;
        follower->is_weighed = true;
        if (is_covered_by_memory(follower, &horizon))
            follower_begin(follower, horizon, (struct event_id){0});
    }
}

/* Asks for all that are left. */
static void ask(struct starts *starts)
{
    struct feed *feed = starts->feed;
    struct follower *follower;
    size_t count = 0;

    TAILQ_FOREACH (follower, &feed->ready, waiting)
        count += follower->link_count;
    const char **names = malloc(count * sizeof *names);
    if (names == NULL) {
        TAILQ_FOREACH (follower, &feed->ready, waiting)
            stream_abandon(follower->stream, "no memory");
        return;
    }
    count = 0;
    while ((follower = TAILQ_FIRST(&feed->ready)) != NULL) {
        for (size_t i = 0; i < follower->link_count; i++) {
            struct topic *topic = follower->links[i].topic;
            if (!topic->is_asked)
                names[count++] = topic->name;
            topic->is_asked = true;
        }
        follower_set_phase(follower, PHASE_ASKED);
    }
    starts->is_asking = true;
    starts->ask(starts->context, names, count, feed->seen);
    free(names);
}

void starts_run(struct starts *starts)
{
    if (starts->is_running)
        return;
    starts->is_running = true;
    begin_covered(starts);
    if (!starts->is_asking && !TAILQ_EMPTY(&starts->feed->ready))
        ask(starts);
    starts->is_running = false;
}

/* Whether the channel is meant by a topic that was confirmed already when Redis was asked: of
 * others something may have come in between. */
static bool was_asked(const struct topics *topics, const char *channel)
{
    const struct topic *topic = NULL;

    while ((topic = topics_next(topics, channel, topic)) != NULL)
        if (topic->state == TOPIC_CONFIRMED && topic->is_asked)
            return true;
    return false;
}

/* Since when everything of the channel is heard, because another topic that means it was listed
 * then; 0-0 if there is none. */
static struct event_id listed_at(const struct topics *topics, const char *channel)
{
    const struct topic *topic = NULL;
    struct event_id since = {0};

    while ((topic = topics_next(topics, channel, topic)) != NULL)
        if (topic->is_listed)
            since = event_id_newer(since, topic->listed_at);
    return since;
}

/* Takes in what the answer says about channels. Returns -1 without memory. */
static int learn(struct starts *starts, const struct start_answer *answer)
{
    for (size_t i = 0; i < answer->channel_count; i++) {
        const struct known_channel *channel = &answer->channels[i];
        if (!was_asked(starts->topics, channel->name))
            continue;
        struct chain *chain = history_learn(starts->feed->history, channel->name, channel->last,
                                            listed_at(starts->topics, channel->name));
        if (chain == NULL)
            return -1;
        chain->named = starts->answers;
        if (channel->is_ended >= 0 && event_id_compare(chain->newest, channel->last) == 0)
            chain->is_ended = channel->is_ended;
    }
    return 0;
}

/* A channel that Redis does not know any more, although memory does: it was swept. */
static void forget_swept(struct starts *starts, struct event_id swept)
{
    struct history *history = starts->feed->history;
    struct topic *topic;

    LIST_FOREACH (topic, &starts->topics->all, of_topics) {
        if (!topic->is_asked || channel_is_pattern(topic->name))
            continue;
        struct chain *chain = history_find(history, topic->name);
        if (chain != NULL && chain->named != starts->answers &&
            event_id_compare(chain->last, swept) <= 0)
            history_forget(history, chain);
    }
}

/* The topics of the question have their answer, whatever it is worth. */
static void mark_listed(struct starts *starts, bool is_listed, struct event_id horizon)
{
    struct topic *topic;

    LIST_FOREACH (topic, &starts->topics->all, of_topics) {
        if (!topic->is_asked)
            continue;
        topic->is_asked = false;
        topic->is_listed = is_listed;
        topic->listed_at = horizon;
    }
}

static int compare_positions(const void *a, const void *b)
{
    const struct follower *const *one = a, *const *other = b;
    struct event_id from = event_id_newer((*one)->position, (*one)->start.after);

    return event_id_compare(from, event_id_newer((*other)->position, (*other)->start.after));
}

static bool is_ahead(const struct follower *follower, struct event_id horizon)
{
    const struct start start = follower_start(follower);

    return start.kind == START_AFTER && event_id_compare(start.after, horizon) > 0;
}

/* Starts all that were asked for, the one that is furthest behind first: the others then share what
 * it reads. */
static void begin_asked(struct feed *feed, struct event_id told)
{
    struct event_id horizon = event_id_newer(told, feed->live);
    struct follower *follower;
    size_t count = 0;

    TAILQ_FOREACH (follower, &feed->asked, waiting)
        count++;
    if (count == 0)
        return;
    struct follower **all = malloc(count * sizeof *all);
    count = 0;
    TAILQ_FOREACH (follower, &feed->asked, waiting) {
        if (all != NULL)
            all[count++] = follower;
        else
            stream_abandon(follower->stream, "no memory");
    }
    if (all != NULL)
        qsort(all, count, sizeof *all, compare_positions);
    for (size_t i = 0; i < count; i++)
        if (is_ahead(all[i], told) && !is_ahead(all[i], horizon))
            follower_set_phase(all[i], PHASE_READY); /* of a later moment than the answer */
        else
            follower_begin(all[i], horizon, told);
    free(all);
}

void starts_answer(struct starts *starts, const struct start_answer *answer)
{
    struct feed *feed = starts->feed;
    struct follower *follower;

    starts->answers++;
    bool is_good = !starts->is_stale && learn(starts, answer) == 0;
    if (is_good)
        forget_swept(starts, answer->swept);
    starts->is_asking = starts->is_stale = false;
    mark_listed(starts, is_good, answer->horizon);
    starts->is_running = true;
    if (is_good)
        begin_asked(feed, answer->horizon);
    starts->is_running = false;
    while ((follower = TAILQ_FIRST(&feed->asked)) != NULL)
        follower_set_phase(follower, PHASE_READY);
    TAILQ_FOREACH (follower, &feed->ready, waiting)
        follower->is_weighed = false;
    starts_run(starts);
}

void starts_outdate(struct starts *starts)
{
    starts->is_stale = starts->is_asking;
}

void starts_forget(struct starts *starts)
{
    starts->is_asking = starts->is_stale = false;
}
