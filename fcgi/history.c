/* Chains of events. */
#include "history.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"

/* An event, on the list of its chain and on that of all, which is in the order of being kept. */
struct kept {
    struct broadcast *event;
    struct chain *chain;
    TAILQ_ENTRY(kept) of_chain;
    TAILQ_ENTRY(kept) of_history;
};

struct history {
    void *tree; /* of chains by name, for tsearch(3) */
    LIST_HEAD(, chain) chains;
    struct kept_list events;
    size_t bytes;
};

struct history *history_new(void)
{
    struct history *history = calloc(1, sizeof *history);

    if (history == NULL)
        return NULL;
    LIST_INIT(&history->chains);
    TAILQ_INIT(&history->events);
    return history;
}

void history_free(struct history *history)
{
    if (history == NULL)
        return;
    history_clear(history);
    free(history);
}

void history_clear(struct history *history)
{
    struct chain *chain;

    while ((chain = LIST_FIRST(&history->chains)) != NULL)
        history_forget(history, chain);
}

/* --- chains ----------------------------------------------------------------------------------- */

/* The tree's keys are pointers to names, which are within the chains. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct chain *history_find(struct history *history, const char *channel)
{
    char *const *found = tfind(channel, &history->tree, compare_names);

    return found != NULL ? (struct chain *)(*found - offsetof(struct chain, name)) : NULL;
}

void history_each(struct history *history, const char *pattern, history_visit_fn *visit,
                  void *context)
{
    struct chain *chain, *next;

    if (!channel_is_pattern(pattern)) {
        chain = history_find(history, pattern);
        if (chain != NULL)
            visit(context, chain);
        return;
    }
    for (chain = LIST_FIRST(&history->chains); chain != NULL; chain = next) {
        next = LIST_NEXT(chain, of_history);
        if (channel_match(pattern, chain->name))
            visit(context, chain);
    }
}

size_t history_sample(const struct history *history, const char **names, size_t max, size_t *passed)
{
    const struct chain *chain;
    size_t at = 0, count = 0;

    LIST_FOREACH (chain, &history->chains, of_history)
        if (at++ >= *passed && count < max)
            names[count++] = chain->name;
    *passed = *passed + count < at ? *passed + count : 0;
    return count;
}

/* Of a channel that has events up to and with `newest`, of which none is held. */
static struct chain *make_chain(struct history *history, const char *channel,
                                struct event_id newest)
{
    struct chain *chain = calloc(1, sizeof *chain + strlen(channel) + 1);

    if (chain == NULL)
        return NULL;
    strcpy(chain->name, channel);
    if (tsearch(chain->name, &history->tree, compare_names) == NULL) {
        free(chain);
        return NULL;
    }
    chain->floor = chain->newest = chain->last = newest;
    TAILQ_INIT(&chain->events);
    LIST_INSERT_HEAD(&history->chains, chain, of_history);
    return chain;
}

struct chain *history_learn(struct history *history, const char *channel, struct event_id last,
                            struct event_id since)
{
    struct chain *chain = history_find(history, channel);
    bool is_bare = !event_id_is_none(since) && event_id_compare(since, last) < 0;

    if (chain == NULL) {
        chain = make_chain(history, channel, is_bare ? since : last);
        if (chain == NULL)
            return NULL;
        chain->is_bare = is_bare;
    }
    if (event_id_compare(chain->last, last) < 0)
        chain->last = last;
    return chain;
}

/* --- events ----------------------------------------------------------------------------------- */

/* The oldest event of the chain goes. */
static void drop_oldest(struct history *history, struct chain *chain)
{
    struct kept *kept = TAILQ_FIRST(&chain->events);

    TAILQ_REMOVE(&chain->events, kept, of_chain);
    TAILQ_REMOVE(&history->events, kept, of_history);
    chain->count--;
    chain->floor = kept->event->event.id;
    chain->is_bottom = false;
    history->bytes -= kept->event->size;
    broadcast_unref(kept->event);
    free(kept);
}

static void drop_lost(struct history *history, struct chain *chain)
{
    while (chain->count > 0 &&
           event_id_compare(TAILQ_FIRST(&chain->events)->event->event.id, chain->lost) <= 0)
        drop_oldest(history, chain);
}

void history_forget(struct history *history, struct chain *chain)
{
    while (chain->count > 0)
        drop_oldest(history, chain);
    tdelete(chain->name, &history->tree, compare_names);
    LIST_REMOVE(chain, of_history);
    free(chain);
}

static struct kept *keep(struct history *history, struct chain *chain, struct broadcast *event)
{
    struct kept *kept = malloc(sizeof *kept);

    if (kept == NULL)
        return NULL;
    kept->event = broadcast_ref(event);
    kept->chain = chain;
    chain->count++;
    history->bytes += event->size;
    return kept;
}

/* Adds the event behind the others of its chain, and makes room. */
static int append(struct history *history, struct chain *chain, struct broadcast *event)
{
    struct kept *kept = keep(history, chain, event);

    if (kept == NULL)
        return -1;
    TAILQ_INSERT_TAIL(&chain->events, kept, of_chain);
    TAILQ_INSERT_TAIL(&history->events, kept, of_history);
    chain->newest = event->event.id;
    chain->is_bare = false;
    if (event_id_compare(chain->last, chain->newest) < 0)
        chain->last = chain->newest;
    chain->is_ended = event_is_end(&event->event);
    drop_lost(history, chain); /* live events may lag behind what is known of the log */
    while (chain->count > HISTORY_EVENTS_MAX)
        drop_oldest(history, chain);
    /* The one that was kept longest is its chain's oldest, too. */
    while (history->bytes > HISTORY_BYTES_MAX)
        drop_oldest(history, TAILQ_FIRST(&history->events)->chain);
    return 0;
}

enum history_outcome history_add(struct history *history, struct broadcast *event)
{
    struct chain *chain = history_find(history, event->channel);

    if (chain == NULL) {
        chain = make_chain(history, event->channel, event->event.prev);
        if (chain == NULL)
            return HISTORY_FULL;
        if (append(history, chain, event) == 0)
            return HISTORY_FIRST;
        history_forget(history, chain);
        return HISTORY_FULL;
    }
    if (event_id_compare(event->event.id, chain->newest) <= 0)
        return HISTORY_KNOWN;
    int order = event_id_compare(event->event.prev, chain->newest);
    if (order > 0 || (order < 0 && !chain->is_bare))
        return HISTORY_GAP;
    return append(history, chain, event) == 0 ? HISTORY_ADDED : HISTORY_FULL;
}

/* Adds the event before the others of its chain, if there is room. */
static bool prepend(struct history *history, struct chain *chain, struct broadcast *event)
{
    if (chain->count == HISTORY_EVENTS_MAX || history->bytes + event->size > HISTORY_BYTES_MAX)
        return false;
    struct kept *kept = keep(history, chain, event);
    if (kept == NULL)
        return false;
    if (event_id_compare(event->event.id, chain->newest) == 0)
        chain->is_ended = event_is_end(&event->event);
    TAILQ_INSERT_HEAD(&chain->events, kept, of_chain);
    TAILQ_INSERT_HEAD(&history->events, kept, of_history);
    chain->floor = event->event.prev;
    return true;
}

void history_extend(struct history *history, const char *channel, const struct page *page,
                    struct event_id upto, bool is_bottom)
{
    struct chain *chain = history_find(history, channel);

    if (chain == NULL || chain->is_bottom || event_id_compare(upto, chain->floor) < 0)
        return;
    for (size_t i = page->count; i > 0; i--) {
        struct broadcast *event = page->events[i - 1];
        int order = event_id_compare(event->event.id, chain->floor);
        if (order > 0)
            continue;
        if (order < 0 || event_id_compare(event->event.id, chain->lost) <= 0 ||
            !prepend(history, chain, event))
            return;
    }
    chain->is_bottom = is_bottom;
}

void history_lose(struct history *history, const char *channel, struct event_id upto)
{
    struct chain *chain = history_find(history, channel);

    if (chain == NULL)
        return;
    chain->lost = event_id_newer(chain->lost, upto);
    drop_lost(history, chain);
}

/* --- pages ------------------------------------------------------------------------------------ */

struct page *history_page(const struct chain *chain, struct event_id after, struct event_id upto,
                          size_t max)
{
    const struct kept *kept;

    if (event_id_compare(chain->newest, upto) < 0 ||
        (event_id_compare(after, chain->floor) < 0 && !chain->is_bottom))
        return NULL;
    struct page *page = page_new(max < chain->count ? max : chain->count);
    if (page == NULL)
        return NULL;
    page->is_whole = true;
    TAILQ_FOREACH (kept, &chain->events, of_chain) {
        if (event_id_compare(kept->event->event.id, upto) > 0)
            break;
        if (event_id_compare(kept->event->event.id, after) <= 0)
            continue;
        if (page->count == max) {
            page->is_whole = false;
            break;
        }
        page_add(page, kept->event);
        page->end = kept->event->event.id;
    }
    return page;
}

/* The oldest of the newest `count` up to `upto`, `end` not counted, or of all that there are. NULL
 * with *is_held set: there are none. */
static const struct kept *find_newest(const struct chain *chain, struct event_id upto, size_t count,
                                      bool *is_held)
{
    const struct kept *first = NULL, *kept;
    size_t found = 0;

    TAILQ_FOREACH_REVERSE(kept, &chain->events, kept_list, of_chain)
    {
        if (event_id_compare(kept->event->event.id, upto) > 0)
            continue;
        first = kept;
        if (!event_is_end(&kept->event->event) && ++found == count)
            break;
    }
    *is_held = found == count || chain->is_bottom;
    return first;
}

bool history_has_newest(const struct chain *chain, size_t count)
{
    bool is_held;

    find_newest(chain, chain->newest, count, &is_held);
    return is_held;
}

struct page *history_newest(const struct chain *chain, struct event_id upto, size_t count)
{
    bool is_held;
    const struct kept *first = find_newest(chain, upto, count, &is_held);

    if (!is_held || event_id_compare(chain->newest, upto) < 0)
        return NULL;
    return history_page(chain, first != NULL ? first->event->event.prev : chain->floor, upto,
                        chain->count);
}
