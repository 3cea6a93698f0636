/* Channels, patterns, and the streams that follow them. */
#include "hub.h"

#include <stdlib.h>

#include "core/channel.h"
#include "core/log.h"
#include "gaps.h"
#include "latest.h"

#define LEAP_MS 3600000

struct hub {
    struct hub_hooks hooks;
    struct topics topics;
    struct feed feed;
    struct starts starts;
    LIST_HEAD(, follower) followers;
    struct latest latest;
    struct gaps gaps;
};

static void on_subscribe(void *context, struct topic *topic)
{
    struct hub *hub = context;

    hub->hooks.subscribe(hub->hooks.context, topic);
}

static void on_unsubscribe(void *context, struct topic *topic)
{
    struct hub *hub = context;

    hub->hooks.unsubscribe(hub->hooks.context, topic);
}

static void forget_uncovered(void *context, struct chain *chain)
{
    struct hub *hub = context;

    if (!topics_cover(&hub->topics, chain->name))
        history_forget(hub->feed.history, chain);
}

static void on_dropped(void *context, const struct topic *topic)
{
    struct hub *hub = context;

    history_each(hub->feed.history, topic->name, forget_uncovered, hub);
}

static void on_read(void *context, struct pending_read *pending, const struct log_read *read)
{
    struct hub *hub = context;

    hub->hooks.read_log(hub->hooks.context, pending, read);
}

static void on_ask(void *context, const char *const *names, size_t count, struct event_id seen)
{
    struct hub *hub = context;

    hub->hooks.ask_start(hub->hooks.context, names, count, seen);
}

static void on_wake(void *context)
{
    struct hub *hub = context;

    starts_run(&hub->starts);
}

struct hub *hub_new(const struct config *config)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL)
        return NULL;
    topics_init(&hub->topics);
    hub->topics.hooks = (struct topics_hooks){.context = hub,
                                              .subscribe = on_subscribe,
                                              .unsubscribe = on_unsubscribe,
                                              .dropped = on_dropped};
    hub->starts =
        (struct starts){.feed = &hub->feed, .topics = &hub->topics, .ask = on_ask, .context = hub};
    hub->feed = (struct feed){.config = config,
                              .history = history_new(),
                              .reads = log_reads_new(on_read, hub),
                              .wake = on_wake,
                              .wake_context = hub};
    hub->gaps = (struct gaps){.feed = &hub->feed, .topics = &hub->topics, .starts = &hub->starts};
    TAILQ_INIT(&hub->feed.ready);
    TAILQ_INIT(&hub->feed.asked);
    LIST_INIT(&hub->followers);
    if (hub->feed.history == NULL || hub->feed.reads == NULL) {
        hub_free(hub);
        return NULL;
    }
    return hub;
}

void hub_set_hooks(struct hub *hub, const struct hub_hooks *hooks)
{
    hub->hooks = *hooks;
}

void hub_set_greet(struct hub *hub, follower_greet_fn *greet)
{
    hub->feed.greet = greet;
}

void hub_free(struct hub *hub)
{
    if (hub == NULL)
        return;
    if (hub->feed.history != NULL && hub->feed.reads != NULL)
        hub_disconnected(hub); /* frees topics that waited for an answer */
    history_free(hub->feed.history);
    log_reads_free(hub->feed.reads);
    latest_forget(&hub->latest);
    free(hub);
}

/* --- followers -------------------------------------------------------------------------------- */

static void make_ready(struct follower *follower)
{
    if (follower->phase == PHASE_UNCONFIRMED && follower_is_confirmed(follower))
        follower_set_phase(follower, PHASE_READY);
}

struct follower *hub_join(struct hub *hub, struct stream *stream, char *const *names, size_t count,
                          const struct start *start, bool is_wrapped)
{
    struct follower *follower = follower_new(&hub->feed, stream, count);

    if (follower == NULL)
        return NULL;
    follower->start = *start;
    follower->is_wrapped = is_wrapped;
    LIST_INSERT_HEAD(&hub->followers, follower, of_hub);
    for (; follower->link_count < count; follower->link_count++) {
        struct link *link = &follower->links[follower->link_count];
        link->follower = follower;
        if (topics_link(&hub->topics, link, names[follower->link_count]) < 0) {
            hub_leave(follower);
            return NULL;
        }
    }
    return follower;
}

void hub_start(struct follower *follower)
{
    make_ready(follower);
    on_wake(follower->feed->wake_context);
}

void hub_leave(struct follower *follower)
{
    if (follower == NULL)
        return;
    struct hub *hub = follower->feed->wake_context;
    LIST_REMOVE(follower, of_hub);
    for (size_t i = 0; i < follower->link_count; i++)
        topics_unlink(&hub->topics, &follower->links[i]);
    follower_free(follower);
}

/* Every stream starts anew from its position: what Redis said before counts no more. */
static void restart_all(struct hub *hub)
{
    struct follower *follower;
    struct topic *topic;

    history_clear(hub->feed.history);
    latest_forget(&hub->latest);
    LIST_FOREACH (topic, &hub->topics.all, of_topics)
        topic->is_asked = topic->is_listed = false;
    LIST_FOREACH (follower, &hub->followers, of_hub)
        follower_restart(follower, false);
    hub->feed.live = (struct event_id){0};
    starts_outdate(&hub->starts);
}

/* --- what Redis says -------------------------------------------------------------------------- */

void hub_connected(struct hub *hub)
{
    topics_connected(&hub->topics);
}

void hub_disconnected(struct hub *hub)
{
    topics_disconnected(&hub->topics);
    restart_all(hub);
    starts_forget(&hub->starts);
    log_reads_clear(hub->feed.reads);
}

void hub_subscribed(struct hub *hub, struct topic *topic)
{
    struct link *link;

    topics_subscribed(&hub->topics, topic);
    LIST_FOREACH (link, &topic->links, of_topic)
        make_ready(link->follower);
    starts_run(&hub->starts);
}

void hub_unsubscribed(struct hub *hub, struct topic *topic)
{
    topics_unsubscribed(&hub->topics, topic);
}

void hub_started(struct hub *hub, const struct start_answer *answer)
{
    struct feed *feed = &hub->feed;

    if (!event_id_is_none(feed->epoch) && event_id_compare(feed->epoch, answer->epoch) != 0) {
        log_event(LOG_WARNING, "new-epoch",
                  "reason=\"Redis was emptied or replaced: every stream is told\"");
        restart_all(hub);
    }
    feed->epoch = answer->epoch;
    feed->swept = answer->swept;
    feed->seen = event_id_newer(feed->seen, answer->horizon);
    gaps_check(&hub->gaps, answer);
    starts_answer(&hub->starts, answer);
}

/* What a page shows to be lost: an event before its first one, or all that there was. 0-0: nothing.
 */
static struct event_id lost_upto(const struct log_read *read, const struct page *page)
{
    struct event_id lost = {0};

    if (page->count > 0 && !read->is_newest)
        lost = page->events[0]->event.prev;
    else if (page->count == 0 && page->is_whole)
        lost = read->upto;
    return event_id_compare(lost, read->after) > 0 ? lost : (struct event_id){0};
}

void hub_page(struct hub *hub, struct pending_read *pending, struct page *page)
{
    const struct log_read *read = log_reads_of(pending);

    if (page != NULL) {
        history_lose(hub->feed.history, read->channel, lost_upto(read, page));
        history_extend(hub->feed.history, read->channel, page, read->upto,
                       page->is_whole && (read->is_newest || event_id_is_none(read->after)));
    }
    log_reads_answer(pending, page);
}

/* --- live events ------------------------------------------------------------------------------ */

/* Gives the event to those who follow the topic. */
static void offer(struct topic *topic, struct broadcast *event)
{
    bool has_id = !event_id_is_none(event->event.id);
    struct link *link;

    LIST_FOREACH (link, &topic->links, of_topic)
        if (has_id || follower_is_first_match(link, event->channel))
            follower_offer(link->follower, event);
    if (has_id && event_is_end(&event->event))
        LIST_FOREACH (link, &topic->links, of_topic)
            follower_end_if_over(link->follower);
}

/* Whether the event follows on what is known of its channel. What does not is mended. */
static bool is_next(struct hub *hub, const struct topic *topic, struct broadcast *event)
{
    switch (history_add(hub->feed.history, event)) {
    case HISTORY_FIRST:
        /* It is the first one of a channel that Redis did not know: its `prev` is then what was
         * swept, long ago. */
        if (!topic->is_listed || event_id_compare(event->event.prev, topic->listed_at) <= 0)
            return true;
        history_forget(hub->feed.history, history_find(hub->feed.history, event->channel));
        gaps_mend(&hub->gaps, event->channel, "an event before the first one");
        return false;
    case HISTORY_GAP:
        gaps_mend(&hub->gaps, event->channel, "an event that does not follow on the one before it");
        return false;
    case HISTORY_FULL:
        gaps_mend(&hub->gaps, event->channel, "no memory");
        return false;
    default:
        return true;
    }
}

/* Whether the id is far ahead of all that were seen: so it is after silence, or somebody made it
 * up. Redis is asked before it counts, since what was seen raises the clock. */
static bool is_leap(const struct feed *feed, struct event_id id)
{
    return !event_id_is_none(feed->seen) && id.ms > feed->seen.ms + LEAP_MS;
}

/* A new event with an id. Returns whether it is to be offered; if not, whoever should have it gets
 * it from the log. */
static bool take_new(struct hub *hub, const struct topic *topic, struct broadcast *event)
{
    struct feed *feed = &hub->feed;

    if (event_id_is_none(feed->epoch))
        feed->epoch =
            event->event.epoch; /* if an answer on its way says otherwise, all start anew */
    if (event_id_compare(event->event.epoch, feed->epoch) != 0 || is_leap(feed, event->event.id)) {
        if (!hub->starts.is_stale)
            log_event(LOG_WARNING, "doubtful", "channel=%s reason=\"another epoch, or far ahead\"",
                      event->channel);
        restart_all(hub);
        starts_run(&hub->starts);
        return false;
    }
    if (!is_next(hub, topic, event))
        return false;
    feed->live = event_id_newer(feed->live, event->event.id);
    feed->seen = event_id_newer(feed->seen, event->event.id);
    return true;
}

void hub_message(struct hub *hub, struct topic *topic, const char *channel, const char *message,
                 size_t len)
{
    if (topic->state != TOPIC_CONFIRMED)
        return;
    enum latest_outcome outcome =
        latest_set(&hub->latest, channel, message, len, hub->feed.config->event_max);
    if (outcome == LATEST_LOST)
        gaps_mend(&hub->gaps, channel, "no memory for an event");
    if (outcome == LATEST_LOST || outcome == LATEST_REFUSED)
        return;
    struct broadcast *event = broadcast_ref(hub->latest.event);
    if (outcome == LATEST_SAME || event_id_is_none(event->event.id) || take_new(hub, topic, event))
        offer(topic, event);
    broadcast_unref(event);
}

/* --- looking after what was not heard --------------------------------------------------------- */

size_t hub_sample(struct hub *hub, const char **names, size_t max)
{
    return gaps_sample(&hub->gaps, names, max);
}

void hub_verify(struct hub *hub, const char *channel, struct event_id last)
{
    gaps_verify(&hub->gaps, channel, last);
}
