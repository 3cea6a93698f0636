/* Topics and their subscriptions. */
#include "topics.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"

void topics_init(struct topics *topics)
{
    *topics = (struct topics){0};
    LIST_INIT(&topics->all);
}

/* The tree's keys are pointers to names, which are within the topics. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct topic *find(const struct topics *topics, const char *name)
{
    char *const *found = tfind(name, &topics->tree, compare_names);

    return found != NULL ? (struct topic *)(*found - offsetof(struct topic, name)) : NULL;
}

static struct topic *find_or_make(struct topics *topics, const char *name)
{
    struct topic *topic = find(topics, name);

    if (topic != NULL)
        return topic;
    topic = calloc(1, sizeof *topic + strlen(name) + 1);
    if (topic == NULL)
        return NULL;
    strcpy(topic->name, name);
    if (tsearch(topic->name, &topics->tree, compare_names) == NULL) {
        free(topic);
        return NULL;
    }
    LIST_INIT(&topic->links);
    LIST_INSERT_HEAD(&topics->all, topic, of_topics);
    return topic;
}

/* Does what the topic needs now: subscribes, unsubscribes, frees it, or waits for an answer. */
static void settle(struct topics *topics, struct topic *topic)
{
    bool is_followed = !LIST_EMPTY(&topic->links);

    if (topic->state == TOPIC_IDLE && is_followed && topics->is_connected) {
        topic->state = TOPIC_SUBSCRIBING;
        topics->hooks.subscribe(topics->hooks.context, topic);
    } else if (topic->state == TOPIC_CONFIRMED && !is_followed) {
        topic->state = TOPIC_UNSUBSCRIBING;
        topic->is_asked = topic->is_listed = false;
        topics->hooks.dropped(topics->hooks.context, topic);
        topics->hooks.unsubscribe(topics->hooks.context, topic);
    } else if (topic->state == TOPIC_IDLE && !is_followed) {
        LIST_REMOVE(topic, of_topics);
        tdelete(topic->name, &topics->tree, compare_names);
        free(topic);
    }
}

static void settle_all(struct topics *topics)
{
    for (struct topic *topic = LIST_FIRST(&topics->all), *next; topic != NULL; topic = next) {
        next = LIST_NEXT(topic, of_topics);
        settle(topics, topic);
    }
}

int topics_link(struct topics *topics, struct link *link, const char *name)
{
    link->topic = find_or_make(topics, name);
    if (link->topic == NULL)
        return -1;
    LIST_INSERT_HEAD(&link->topic->links, link, of_topic);
    settle(topics, link->topic);
    return 0;
}

void topics_unlink(struct topics *topics, struct link *link)
{
    LIST_REMOVE(link, of_topic);
    settle(topics, link->topic);
}

/* The name of the pattern that comes after `name` among those that mean the channel: a pattern is
 * the channel up to a slash, and a star; the last one is a star alone. Returns false behind that.
 */
static bool wider(const char *channel, const char *name, char pattern[CHANNEL_MAX + 2])
{
    size_t len = strlen(name);

    if (strcmp(name, "*") == 0)
        return false;
    /* Of a pattern, the slash before its star is that of the segment it stands for. */
    len -= name[len - 1] == '*' ? 2 : 0;
    while (len > 0 && channel[len - 1] != '/')
        len--;
    memcpy(pattern, channel, len);
    strcpy(pattern + len, "*");
    return true;
}

struct topic *topics_next(const struct topics *topics, const char *channel,
                          const struct topic *topic)
{
    char name[CHANNEL_MAX + 2];
    struct topic *found = topic == NULL ? find(topics, channel) : NULL;

    strcpy(name, topic != NULL ? topic->name : channel);
    while (found == NULL && wider(channel, name, name))
        found = find(topics, name);
    return found;
}

bool topics_cover(const struct topics *topics, const char *channel)
{
    const struct topic *topic = NULL;

    while ((topic = topics_next(topics, channel, topic)) != NULL)
        if (topic->state == TOPIC_CONFIRMED)
            return true;
    return false;
}

void topics_connected(struct topics *topics)
{
    topics->is_connected = true;
    settle_all(topics);
}

void topics_disconnected(struct topics *topics)
{
    struct topic *topic;

    topics->is_connected = false;
    LIST_FOREACH (topic, &topics->all, of_topics) {
        topic->state = TOPIC_IDLE;
        topic->is_asked = topic->is_listed = false;
    }
    settle_all(topics);
}

void topics_subscribed(struct topics *topics, struct topic *topic)
{
    topic->state = TOPIC_CONFIRMED;
    settle(topics, topic);
}

void topics_unsubscribed(struct topics *topics, struct topic *topic)
{
    topic->state = TOPIC_IDLE;
    settle(topics, topic);
}
