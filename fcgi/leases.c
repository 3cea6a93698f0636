/* A look at the leases whenever one may have run out. */
#include "leases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "core/log.h"
#include "core/will.h"
#include "queries.h"

#define FIRST_MS  1000 /* from the connection to the first look: no lease is shorter */
#define PAUSE_MS  5000 /* between two looks, at most: a lease may come that is short */
#define SOON_MS   100  /* when there are more than one look shows */
#define JITTER_MS 300  /* so that of many responders the first one does it all */
#define UNEVEN_MS 500  /* that an answer takes, or that the two clocks differ */

/* What an answer is about, if it is not about a claim. */
static char ABOUT_LEASES, ABOUT_DROP;

struct claim {
    STAILQ_ENTRY(claim) next;
    char channel[CHANNEL_MAX + 1];
};

static void on_look(uv_timer_t *timer);

static void look_in(struct leases *leases, uint64_t pause_ms)
{
    uint32_t random = 0;

    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    uv_timer_start(&leases->timer, on_look, pause_ms + random % JITTER_MS, 0);
}

/* Redis does not let us: said once. */
static void refuse(struct leases *leases, const char *why)
{
    leases->is_refused = true;
    if (!leases->was_refused)
        log_event(LOG_WARNING, "leases-refused", "reason=\"%s\"", why);
    leases->was_refused = true;
}

/* Sends a query, which ends here. Without memory there will be another look. */
static int ask(struct leases *leases, void *about, int made, struct query *query)
{
    int result = made;

    if (made == 0)
        result = redis_link_send(leases->reader, about, query->argc, query->argv, query->argv_len);
    query_deinit(query);
    return result;
}

static void on_look(uv_timer_t *timer)
{
    struct leases *leases = timer->data;
    struct query query;

    leases->asked_ms = uv_now(timer->loop);
    if (ask(leases, &ABOUT_LEASES, query_leases(&query, &leases->config->keys, leases->skip),
            &query) < 0)
        look_in(leases, PAUSE_MS);
}

/* --- what has run out ------------------------------------------------------------------------- */

static void drop(struct leases *leases, const struct lease_text *lease)
{
    struct query query;

    if (!leases->was_refused) /* else it may not be ours to remove, and be there for ever */
        log_event(LOG_WARNING, "bad-lease", "name=\"%.*s\"", (int)lease->name_len, lease->name);
    ask(leases, &ABOUT_DROP, query_drop(&query, &leases->config->keys, lease), &query);
}

static void claim(struct leases *leases, const struct lease_text *lease, const struct will *will)
{
    const struct keys_publish publish = {
        .channel = will->channel,
        .event = WILL_EVENT,
        .data = will->data,
        .data_len = will->data_len,
        .keep = will->keep,
        .ttl_s = will->ttl_s,
        .lease = {.deed = KEYS_CLAIM, .name = lease->name, .name_len = lease->name_len}};
    struct keys_command command;
    struct claim *claimed = malloc(sizeof *claimed);

    if (claimed == NULL)
        return;
    memcpy(claimed->channel, will->channel, sizeof claimed->channel);
    keys_command_publish(&command, &leases->config->keys, &publish, NULL);
    if (redis_link_send(leases->reader, claimed, command.argc, command.argv, command.argv_len) < 0)
        free(claimed);
    else
        STAILQ_INSERT_TAIL(&leases->claims, claimed, next);
}

/* Whether all that lives had the time to renew a lease of this length. */
static uint64_t wait_for(const struct leases *leases, uint32_t lease_ms)
{
    uint64_t even_for = leases->answered_ms - leases->even_ms;

    return even_for < lease_ms ? lease_ms - even_for : 0;
}

/* Judges by this answer whether Redis has gone on evenly since the last one. */
static void look_at_clocks(struct leases *leases, uint64_t redis_ms)
{
    uint64_t now = uv_now(leases->timer.loop);
    int64_t ours = (int64_t)(now - leases->answered_ms);
    int64_t its = (int64_t)(redis_ms - leases->redis_ms);

    if (leases->is_uneven || now - leases->asked_ms > UNEVEN_MS ||
        (leases->redis_ms != 0 && llabs(its - ours) > UNEVEN_MS))
        leases->even_ms = now;
    leases->is_uneven = false;
    leases->answered_ms = now;
    leases->redis_ms = redis_ms;
}

static void on_leases(struct leases *leases, const redisReply *reply)
{
    struct leases_answer answer;
    const char *why = answer_leases(&answer, reply);
    uint64_t pause = PAUSE_MS, wait;
    size_t left = 0;

    if (why != NULL) {
        refuse(leases, why);
        leases->is_uneven = true; /* it may refuse renewals as well */
        look_in(leases, PAUSE_MS);
        return;
    }
    look_at_clocks(leases, answer.now_ms);
    bool is_full = answer.count == LEASES_MOST && !leases->is_refused;
    leases->is_refused = false;
    for (size_t i = 0; i < answer.count; i++) {
        const struct lease_text *lease = &answer.leases[i];
        struct will will;
        if (lease->will == NULL || will_parse(&will, lease->will, lease->will_len) < 0) {
            drop(leases, lease);
        } else if ((wait = wait_for(leases, will.lease_ms)) > 0) {
            left++;
            pause = wait < pause ? wait : pause;
        } else {
            claim(leases, lease, &will);
        }
    }
    if (answer.next_ms > answer.now_ms && answer.next_ms - answer.now_ms < pause)
        pause = answer.next_ms - answer.now_ms;
    if (is_full)
        pause = SOON_MS;
    leases->skip = is_full ? leases->skip + left : 0;
    look_in(leases, pause);
}

static void on_claimed(struct leases *leases, struct claim *claimed, const redisReply *reply)
{
    const char *id, *why = answer_claim(&id, reply);

    if (why != NULL)
        refuse(leases, why);
    else if (id != NULL)
        log_event(LOG_INFO, "lost", "channel=%s id=%s", claimed->channel, id);
    STAILQ_REMOVE(&leases->claims, claimed, claim, next);
    free(claimed);
}

bool leases_take(struct leases *leases, const void *about, const redisReply *reply)
{
    struct claim *claimed;

    if (about == &ABOUT_LEASES) {
        on_leases(leases, reply);
        return true;
    }
    if (about == &ABOUT_DROP) {
        if (reply->type == REDIS_REPLY_ERROR)
            refuse(leases, reply->str);
        return true;
    }
    STAILQ_FOREACH (claimed, &leases->claims, next)
        if (claimed == about)
            break;
    if (claimed != NULL)
        on_claimed(leases, claimed, reply);
    return claimed != NULL;
}

/* --- coming and going ------------------------------------------------------------------------- */

void leases_init(struct leases *leases, uv_loop_t *loop, const struct config *config)
{
    *leases = (struct leases){.config = config};
    STAILQ_INIT(&leases->claims);
    uv_timer_init(loop, &leases->timer);
    leases->timer.data = leases;
}

void leases_start(struct leases *leases, struct redis_link *reader)
{
    leases->reader = reader;
    leases->even_ms = leases->answered_ms = uv_now(leases->timer.loop);
    leases->redis_ms = 0;
    leases->skip = 0;
    leases->is_uneven = leases->is_refused = false;
    look_in(leases, FIRST_MS);
}

void leases_stop(struct leases *leases)
{
    struct claim *claimed;

    leases->reader = NULL;
    uv_timer_stop(&leases->timer);
    while ((claimed = STAILQ_FIRST(&leases->claims)) != NULL) {
        STAILQ_REMOVE_HEAD(&leases->claims, next);
        free(claimed);
    }
}

void leases_close(struct leases *leases, uv_close_cb on_closed, void *data)
{
    leases_stop(leases);
    leases->timer.data = data;
    uv_close((uv_handle_t *)&leases->timer, on_closed);
}
