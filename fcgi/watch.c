/* A look at Redis each heartbeat. */
#include "watch.h"

#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "queries.h"

#define PAUSE_MOST_MS 15000 /* between two looks, however long heartbeats may take */
#define ANSWER_MS     5000  /* until Redis must have answered */

/* What an answer is about. */
static char ABOUT_NEWEST, ABOUT_ROLE;

static void on_hang(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    watch->on_lost(watch->context, "no answer in time");
}

static void on_no_memory(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    watch->on_lost(watch->context, "no memory");
}

static void on_look(uv_timer_t *timer);

static void look_later(struct watch *watch)
{
    uint32_t pause = watch->config->heartbeat_ms;

    uv_timer_start(&watch->timer, on_look, pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS, 0);
}

static int send_words(struct redis_link *link, void *about, int argc, const char *const *argv)
{
    size_t argv_len[2];

    for (int i = 0; i < argc; i++)
        argv_len[i] = strlen(argv[i]);
    return redis_link_send(link, about, argc, argv, argv_len);
}

static int ask_newest(struct watch *watch)
{
    const char *names[WATCH_SAMPLE_MAX];
    struct query query;
    int result;

    watch->count = hub_sample(watch->hub, names, WATCH_SAMPLE_MAX);
    if (watch->count == 0)
        return 0;
    for (size_t i = 0; i < watch->count; i++)
        snprintf(watch->expected[i].channel, sizeof watch->expected[i].channel, "%s", names[i]);
    result = query_newest(&query, &watch->config->keys, names, watch->count);
    if (result == 0)
        result =
            redis_link_send(watch->reader, &ABOUT_NEWEST, query.argc, query.argv, query.argv_len);
    query_deinit(&query);
    return result;
}

static void on_look(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    uv_timer_start(timer, on_hang, ANSWER_MS, 0);
    if (ask_newest(watch) < 0 ||
        send_words(watch->reader, &ABOUT_ROLE, 1, (const char *[]){"ROLE"}) < 0)
        uv_timer_start(timer, on_no_memory, 0, 0);
}

static bool is_master(const redisReply *reply)
{
    return reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
           reply->element[0]->type != REDIS_REPLY_STRING ||
           strcmp(reply->element[0]->str, "master") == 0;
}

bool watch_take(struct watch *watch, void *about, const redisReply *reply)
{
    if (about == &ABOUT_NEWEST) {
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != watch->count)
            watch->count = 0; /* we may not ask: then nothing is known */
        for (size_t i = 0; i < watch->count; i++)
            watch->expected[i].newest = answer_newest(reply, i);
        return true;
    }
    if (about != &ABOUT_ROLE)
        return false;
    watch->is_last = true;
    if (!is_master(reply))
        watch->on_lost(watch->context, "it has become a replica");
    else if (send_words(watch->subscriber, NULL, 2,
                        (const char *[]){"SUBSCRIBE", watch->config->keys.control}) < 0)
        uv_timer_start(&watch->timer, on_no_memory, 0, 0);
    return true;
}

void watch_heard(struct watch *watch)
{
    if (!watch->is_last)
        return;
    watch->is_last = false;
    look_later(watch);
    for (size_t i = 0; i < watch->count; i++)
        hub_verify(watch->hub, watch->expected[i].channel, watch->expected[i].newest);
}

void watch_init(struct watch *watch, uv_loop_t *loop, const struct config *config, struct hub *hub,
                watch_lost_fn *on_lost, void *context)
{
    *watch = (struct watch){.config = config, .hub = hub, .on_lost = on_lost, .context = context};
    uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
}

void watch_start(struct watch *watch, struct redis_link *subscriber, struct redis_link *reader)
{
    watch->subscriber = subscriber;
    watch->reader = reader;
    look_later(watch);
}

void watch_stop(struct watch *watch)
{
    watch->subscriber = watch->reader = NULL;
    watch->is_last = false;
    uv_timer_stop(&watch->timer);
}

void watch_close(struct watch *watch, uv_close_cb on_closed, void *data)
{
    watch->timer.data = data;
    uv_close((uv_handle_t *)&watch->timer, on_closed);
}
