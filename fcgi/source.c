/* Two connections to Redis: one is subscribed, one asks. Both or none: they must be of one moment
 * and to the same server, so when one is lost the other is closed, and both are made anew after a
 * pause.
 *
 * Two things hiredis 0.14 needs: a subscriber must never drop its last subscription (an answer that
 * is still on its way then fails an assertion), hence the one to the control channel, which is
 * kept; and a name must not be subscribed to again before its UNSUBSCRIBE is answered (its callback
 * would be forgotten), which the hub sees to. */
#include "source.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "core/backoff.h"
#include "core/channel.h"
#include "core/keys.h"
#include "core/log.h"
#include "leases.h"
#include "queries.h"
#include "redis_link.h"
#include "watch.h"

#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS  1000
#define CONNECT_MS     5000 /* until a connection must be made and signed in */

struct source {
    const struct config *config;
    struct hub *hub;
    /* The next attempt; or the deadline of the present one; or, while connected, at once, when a
     * command could not be sent. Losing the connection overrides whatever it is set for. */
    uv_timer_t timer;
    struct watch watch;
    struct leases leases;
    int handles; /* that are not closed yet */
    struct redis_link *subscriber;
    struct redis_link *reader;
    int links_up;
    bool is_connected; /* both are up, and the hub knows */
    bool was_reported; /* that Redis is away: said once, not at every attempt */
    struct backoff backoff;
};

/* What an answer of the asking connection is about, if it is not about a read of a log. */
static char ABOUT_START;

static void on_retry(uv_timer_t *timer);

/* Ends what there is of connections, and tries again after a pause. */
static void lose(struct source *source, const char *why)
{
    uint32_t random = 0;

    redis_link_close(source->subscriber);
    redis_link_close(source->reader);
    source->subscriber = source->reader = NULL;
    source->links_up = 0;
    if (!source->was_reported)
        log_event(LOG_ERROR, "redis-away", "reason=\"%s\"", why);
    source->was_reported = true;
    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    uv_timer_start(&source->timer, on_retry, backoff_next(&source->backoff, random), 0);
    watch_stop(&source->watch);
    leases_stop(&source->leases);
    if (source->is_connected) {
        source->is_connected = false;
        hub_disconnected(source->hub);
    }
}

static void on_subscriber_down(void *context, const char *why)
{
    struct source *source = context;

    source->subscriber = NULL;
    lose(source, why);
}

static void on_reader_down(void *context, const char *why)
{
    struct source *source = context;

    source->reader = NULL;
    lose(source, why);
}

/* A hook could not send. The hub is not to be called from within its own hook. */
static void on_broken(uv_timer_t *timer)
{
    lose(timer->data, "no memory");
}

static void send_or_lose(struct source *source, struct redis_link *link, void *data, int argc,
                         const char *const *argv, const size_t *argv_len)
{
    if (redis_link_send(link, data, argc, argv, argv_len) < 0)
        uv_timer_start(&source->timer, on_broken, 0, 0);
}

/* --- the subscribed connection ---------------------------------------------------------------- */

/* Sends SUBSCRIBE, UNSUBSCRIBE or their kin for patterns. */
static void send_subscription(struct source *source, const char *verb, struct topic *topic)
{
    char command[16];
    struct buf name;

    buf_init(&name, 2 * KEYS_NAME_MAX);
    snprintf(command, sizeof command, "%s%s", channel_is_pattern(topic->name) ? "P" : "", verb);
    if (keys_subscription(&source->config->keys, &name, topic->name) < 0) {
        uv_timer_start(&source->timer, on_broken, 0, 0);
    } else {
        const char *argv[] = {command, name.data};
        const size_t argv_len[] = {strlen(command), name.len};
        send_or_lose(source, source->subscriber, topic, 2, argv, argv_len);
    }
    buf_deinit(&name);
}

static void on_hub_subscribe(void *context, struct topic *topic)
{
    send_subscription(context, "SUBSCRIBE", topic);
}

static void on_hub_unsubscribe(void *context, struct topic *topic)
{
    send_subscription(context, "UNSUBSCRIBE", topic);
}

/* [message, name, text] or [pmessage, glob, name, text]. */
static void on_message(struct source *source, struct topic *topic, redisReply *reply)
{
    redisReply *name = reply->element[reply->elements - 2];
    redisReply *text = reply->element[reply->elements - 1];
    const char *channel = keys_channel(&source->config->keys, name->str);

    if (channel != NULL && strlen(name->str) == name->len)
        hub_message(source->hub, topic, channel, text->str, text->len);
}

/* `topic` is NULL for the control channel, on which there is nothing to hear. */
static void on_subscriber_reply(void *context, void *topic, redisReply *reply)
{
    struct source *source = context;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
        return;
    if (topic == NULL) {
        watch_heard(&source->watch);
        return;
    }
    const char *kind = reply->element[0]->str;
    if (strcmp(kind, "message") == 0 || strcmp(kind, "pmessage") == 0)
        on_message(source, topic, reply);
    else if (strcmp(kind, "subscribe") == 0 || strcmp(kind, "psubscribe") == 0)
        hub_subscribed(source->hub, topic);
    else
        hub_unsubscribed(source->hub, topic);
}

/* --- the asking connection -------------------------------------------------------------------- */

/* Sends a query, which ends here. `made`: whether there was memory for it. */
static void ask(struct source *source, void *about, int made, struct query *query)
{
    if (made == 0)
        send_or_lose(source, source->reader, about, query->argc, query->argv, query->argv_len);
    else
        uv_timer_start(&source->timer, on_broken, 0, 0);
    query_deinit(query);
}

static void on_hub_ask_start(void *context, const char *const *names, size_t count,
                             struct event_id seen)
{
    struct source *source = context;
    struct query query;

    ask(source, &ABOUT_START, query_start(&query, &source->config->keys, names, count, seen),
        &query);
}

static void on_hub_read_log(void *context, struct pending_read *pending,
                            const struct log_read *read)
{
    struct source *source = context;
    struct query query;

    ask(source, pending, query_log(&query, &source->config->keys, read), &query);
}

static void on_start(struct source *source, const redisReply *reply)
{
    struct start_answer start;
    const char *why = answer_start(&start, reply);

    if (why != NULL) {
        lose(source, why);
        return;
    }
    backoff_reset(&source->backoff);
    hub_started(source->hub, &start);
    free((void *)start.channels);
}

/* A key that is no log, or that we may not read, is that channel's trouble: it keeps nothing. */
static bool is_unreadable(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR &&
           (strncmp(reply->str, "WRONGTYPE", 9) == 0 || strncmp(reply->str, "NOPERM", 6) == 0);
}

static void on_page(struct source *source, struct pending_read *pending, const redisReply *reply)
{
    const redisReply none = {.type = REDIS_REPLY_ARRAY};
    const struct log_read *read = log_reads_of(pending);
    const char *why;

    if (is_unreadable(reply)) {
        log_event(LOG_WARNING, "unreadable", "channel=%s reason=\"%s\"", read->channel, reply->str);
        reply = &none;
    }
    struct page *page = answer_log(reply, read, source->config->event_max, &why);
    if (why != NULL) {
        lose(source, why);
        return;
    }
    hub_page(source->hub, pending, page);
    page_unref(page);
}

static void on_reader_reply(void *context, void *about, redisReply *reply)
{
    struct source *source = context;

    if (about == &ABOUT_START)
        on_start(source, reply);
    else if (!watch_take(&source->watch, about, reply) &&
             !leases_take(&source->leases, about, reply))
        on_page(source, about, reply);
}

/* --- connecting ------------------------------------------------------------------------------- */

static void log_connected(const struct source *source)
{
    struct buf url;

    buf_init(&url, 512);
    if (redis_url_describe(&url, &source->config->redis) == 0)
        log_event(LOG_INFO, "redis-connected", "at=%.*s prefix=%s", (int)url.len, url.data,
                  source->config->keys.prefix);
    buf_deinit(&url);
}

/* NULL if the connections may be used, else why not. */
static const char *check_links(const struct source *source)
{
    if (redis_link_is_replica(source->subscriber) || redis_link_is_replica(source->reader))
        return "it is a replica";
    if (strcmp(redis_link_run_id(source->subscriber), redis_link_run_id(source->reader)) != 0)
        return "the connections are to two servers";
    return NULL;
}

static void on_link_up(void *context)
{
    struct source *source = context;
    const char *argv[] = {"SUBSCRIBE", source->config->keys.control};
    const size_t argv_len[] = {strlen(argv[0]), strlen(argv[1])};

    if (++source->links_up < 2)
        return;
    const char *problem = check_links(source);
    if (problem != NULL) {
        lose(source, problem);
        return;
    }
    uv_timer_stop(&source->timer);
    source->is_connected = true;
    source->was_reported = false;
    log_connected(source);
    send_or_lose(source, source->subscriber, NULL, 2, argv, argv_len);
    watch_start(&source->watch, source->subscriber, source->reader);
    leases_start(&source->leases, source->reader);
    hub_connected(source->hub);
}

static void on_watch_lost(void *context, const char *why)
{
    lose(context, why);
}

static void on_deadline(uv_timer_t *timer)
{
    lose(timer->data, "no answer in time");
}

static void on_retry(uv_timer_t *timer)
{
    struct source *source = timer->data;
    const struct redis_link_hooks subscriber = {source, on_link_up, on_subscriber_down,
                                                on_subscriber_reply};
    const struct redis_link_hooks reader = {source, on_link_up, on_reader_down, on_reader_reply};
    char why[REDIS_LINK_WHY_MAX];

    uv_timer_start(timer, on_deadline, CONNECT_MS, 0);
    source->subscriber = redis_link_open(timer->loop, &source->config->redis, &subscriber, why);
    if (source->subscriber != NULL)
        source->reader = redis_link_open(timer->loop, &source->config->redis, &reader, why);
    if (source->reader == NULL)
        lose(source, why);
}

struct source *source_new(uv_loop_t *loop, const struct config *config, struct hub *hub)
{
    struct source *source = calloc(1, sizeof *source);

    if (source == NULL)
        return NULL;
    source->config = config;
    source->hub = hub;
    source->backoff = (struct backoff){.first_ms = RETRY_FIRST_MS, .most_ms = RETRY_MOST_MS};
    uv_timer_init(loop, &source->timer);
    source->timer.data = source;
    uv_timer_start(&source->timer, on_retry, 0, 0);
    watch_init(&source->watch, loop, config, hub, on_watch_lost, source);
    leases_init(&source->leases, loop, config);
    source->handles = 3;
    hub_set_hooks(hub, &(struct hub_hooks){.context = source,
                                           .subscribe = on_hub_subscribe,
                                           .unsubscribe = on_hub_unsubscribe,
                                           .ask_start = on_hub_ask_start,
                                           .read_log = on_hub_read_log});
    return source;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct source *source = handle->data;

    if (--source->handles == 0)
        free(source);
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    redis_link_close(source->subscriber);
    redis_link_close(source->reader);
    if (source->is_connected) {
        source->is_connected = false;
        hub_disconnected(source->hub);
    }
    uv_close((uv_handle_t *)&source->timer, on_handle_closed);
    watch_close(&source->watch, on_handle_closed, source);
    leases_close(&source->leases, on_handle_closed, source);
}
