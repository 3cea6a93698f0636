/* Publishing through the one script, in batches of one call each.
 *
 * A batch is stored whole or not at all, and the next one is sent when it is answered: what is
 * stored is always the beginning of what was sent, whenever the connection breaks or Redis refuses.
 *
 * The floor is below every event that is not answered: where one is stored, its id is above. It is
 * the newest id that Redis has given when we connect, and then that of our last answer, since what
 * is behind that in the queue comes behind it in Redis as well. */
#include "redis_publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/backoff.h"
#include "redis_call.h"

#define SILENCE_MS  3000 /* without a byte from Redis, and the connection is given up */
#define BATCH_MAX   256  /* events; Redis does nothing else for about 10 us each */
#define BATCH_BYTES (1024 * 1024)
#define FLOORS_MAX  100

static const char NOT_COVERED[] = "the answer was lost, and the log does not reach back to it";
static const char TRIMMED[] = "the log is trimmed faster than it can be searched";
static const char NONSENSE[] = "an answer that makes no sense";

struct redis_publish {
    const struct redis_url *url;
    const struct keys *keys;
    struct redis_patience patience;
    redisContext *redis; /* NULL while it is away */
    struct backoff backoff;
    uint64_t try_again_ms;    /* connect no sooner */
    bool is_away;             /* and that was said */
    struct redis_fault fault; /* the last one */
    char sha[48];
    struct event_id floor;
    struct publish_queue queue;
};

struct redis_publish *redis_publish_new(const struct redis_url *url, const struct keys *keys,
                                        const struct redis_patience *patience)
{
    struct redis_publish *publisher = calloc(1, sizeof *publisher);
    uint64_t nonce;

    if (publisher == NULL || getrandom(&nonce, sizeof nonce, 0) != sizeof nonce) {
        free(publisher);
        return NULL;
    }
    publisher->url = url;
    publisher->keys = keys;
    if (patience != NULL)
        publisher->patience = *patience;
    publisher->backoff = (struct backoff){.first_ms = 50, .most_ms = 1000};
    publish_queue_init(&publisher->queue, nonce);
    return publisher;
}

int redis_publish_send(struct redis_publish *publisher, const struct keys_publish *publish)
{
    return publish_queue_add(&publisher->queue, publish);
}

static struct publish_result *answer(struct redis_publish *publisher, enum publish_outcome outcome,
                                     const char *id, const char *error)
{
    event_id_parse(&publisher->floor, id, strlen(id)); /* not for none */
    return publish_queue_answer(&publisher->queue, outcome, id, error);
}

/* Without an id for the next `count`: what went wrong, and what that leaves unknown. */
static void answer_with_fault(struct redis_publish *publisher, size_t count, bool gave_up)
{
    struct publish_queue *queue = &publisher->queue;
    enum publish_outcome known = publisher->fault.is_answer ? PUBLISH_REFUSED : PUBLISH_AWAY;

    for (; count > 0 && queue->unanswered != NULL; count--)
        publish_queue_answer(queue, queue->doubtful > 0 ? PUBLISH_UNKNOWN : known, "",
                             publisher->fault.text)
            ->gave_up = gave_up;
}

/* --- one connection --------------------------------------------------------------------------- */

static void disconnect(struct redis_publish *publisher)
{
    if (publisher->redis != NULL)
        redisFree(publisher->redis);
    publisher->redis = NULL;
}

/* Runs a command and copies its answer, a string. Returns 0, with "" for none; or -1. */
static int ask(struct redis_publish *publisher, const struct patience *patience, char *out,
               size_t size, int argc, const char **argv)
{
    redisReply *reply =
        redis_call_run(publisher->redis, patience, &publisher->fault, argc, argv, NULL);

    if (reply == NULL)
        return -1;
    snprintf(out, size, "%s", reply->type == REDIS_REPLY_STRING ? reply->str : "");
    freeReplyObject(reply);
    return 0;
}

/* The floor anew. What may be stored already is above the one that we had; only in a Redis that is
 * behind, after a failover, it is not. */
static int read_floor(struct redis_publish *publisher, const struct patience *patience)
{
    const char *argv[] = {"HGET", publisher->keys->clock, "last"};
    char last[EVENT_ID_TEXT_MAX];
    struct event_id newest = {0};

    if (ask(publisher, patience, last, sizeof last, 3, argv) < 0)
        return -1;
    event_id_parse(&newest, last, strlen(last));
    if (publisher->queue.doubtful == 0 || event_id_compare(newest, publisher->floor) < 0)
        publisher->floor = newest;
    return 0;
}

static int connect_anew(struct redis_publish *publisher, const struct patience *patience)
{
    const char *argv[] = {"SCRIPT", "LOAD", KEYS_PUBLISH_SCRIPT};

    publisher->redis = redis_call_open(publisher->url, patience, &publisher->fault);
    if (publisher->redis == NULL)
        return -1;
    if (ask(publisher, patience, publisher->sha, sizeof publisher->sha, 3, argv) == 0 &&
        read_floor(publisher, patience) == 0)
        return 0;
    disconnect(publisher);
    return -1;
}

/* --- one batch -------------------------------------------------------------------------------- */

#define BATCH_ARGS (KEYS_ARGC_MAX + 2 * BATCH_MAX)

static bool is_same_form(const struct keys_publish *a, const struct keys_publish *b)
{
    return a->lease.name == NULL && b->lease.name == NULL && strcmp(a->channel, b->channel) == 0 &&
           (a->event == NULL) == (b->event == NULL) &&
           (a->event == NULL || strcmp(a->event, b->event) == 0) && a->retry_ms == b->retry_ms &&
           a->keep == b->keep && a->ttl_s == b->ttl_s;
}

/* Runs the script on what is at the front of the queue, and says in *count how many events that
 * are. What may be stored already and what can not be do not go together. */
static redisReply *run_batch(struct redis_publish *publisher, const struct patience *patience,
                             const char *sha, size_t *count)
{
    const char *argv[BATCH_ARGS];
    size_t lens[BATCH_ARGS], bytes;
    char floor[EVENT_ID_TEXT_MAX];
    struct keys_command command;
    struct queued *queued = publisher->queue.unanswered;
    size_t most = publisher->queue.doubtful > 0 ? publisher->queue.doubtful : BATCH_MAX;
    const struct keys_publish *first = &queued->publish;

    event_id_format(floor, publisher->floor);
    queued->publish.floor = floor;
    keys_command_publish(&command, publisher->keys, first, sha);
    int argc = command.argc;
    memcpy(argv, command.argv, (size_t)argc * sizeof *argv);
    memcpy(lens, command.argv_len, (size_t)argc * sizeof *lens);
    bytes = first->data_len;
    for (*count = 1; *count < most && *count < BATCH_MAX; (*count)++) {
        queued = STAILQ_NEXT(queued, next);
        if (queued == NULL || !is_same_form(first, &queued->publish) ||
            (bytes += queued->publish.data_len) > BATCH_BYTES)
            break;
        argv[argc] = queued->nonce;
        lens[argc++] = strlen(queued->nonce);
        argv[argc] = queued->publish.data;
        lens[argc++] = queued->publish.data_len;
    }
    return redis_call_run(publisher->redis, patience, &publisher->fault, argc, argv, lens);
}

static void set_fault(struct redis_publish *publisher, bool is_answer, bool is_passing,
                      const char *text)
{
    publisher->fault = (struct redis_fault){.is_answer = is_answer, .is_passing = is_passing};
    snprintf(publisher->fault.text, sizeof publisher->fault.text, "%s", text);
}

/* The log does not reach back to the floor. What was never tried needs only another one. Returns as
 * take. */
static int take_floor(struct redis_publish *publisher, const char *floor)
{
    if (publisher->queue.doubtful > 0) {
        answer(publisher, PUBLISH_UNKNOWN, "", NOT_COVERED);
        return 0;
    }
    event_id_parse(&publisher->floor, floor, strlen(floor));
    set_fault(publisher, true, true, TRIMMED);
    return -1;
}

/* Takes what the script says of one event (core/keys.h). Returns -1 when that is no result, and
 * `fault` is why. */
static int take(struct redis_publish *publisher, const redisReply *result)
{
    const redisReply *first = result->elements > 0 ? result->element[0] : NULL;
    const redisReply *second = result->elements > 1 ? result->element[1] : NULL;
    const redisReply *third = result->elements > 2 ? result->element[2] : NULL;
    const char *text = second != NULL ? second->str : NULL; /* NULL as well for a number */

    if (first == NULL || first->str == NULL) {
        set_fault(publisher, false, false, NONSENSE);
    } else if (first->str[0] != '\0') {
        const char *no_lease = third != NULL && third->str != NULL ? third->str : "";
        struct publish_result *known = answer(publisher, text ? PUBLISH_NOT_LIVE : PUBLISH_DONE,
                                              first->str, text ? text : no_lease);
        if (second != NULL && second->type == REDIS_REPLY_INTEGER)
            known->receivers = second->integer;
        return 0;
    } else if (third != NULL && third->str != NULL) {
        return take_floor(publisher, third->str);
    } else {
        if (text == NULL)
            text = NONSENSE;
        set_fault(publisher, true, redis_error_is_passing(text), text);
    }
    return -1;
}

/* Publishes one batch. Returns 0 when at least its first event is answered; or -1, and `fault` is
 * passing. */
static int publish_batch(struct redis_publish *publisher, const struct patience *patience)
{
    size_t count, taken = 0;
    redisReply *reply = run_batch(publisher, patience, publisher->sha, &count);

    if (reply == NULL && strncmp(publisher->fault.text, "NOSCRIPT", 8) == 0)
        reply = run_batch(publisher, patience, NULL, &count);
    if (reply != NULL) {
        set_fault(publisher, false, false, NONSENSE); /* unless it makes sense */
        while (taken < count && taken < reply->elements &&
               take(publisher, reply->element[taken]) == 0)
            taken++;
    }
    freeReplyObject(reply);
    if (taken == count)
        return 0;
    if (!publisher->fault.is_answer && publisher->queue.doubtful < count - taken)
        publisher->queue.doubtful = count - taken; /* stored, or they may be yet */
    if (publisher->fault.is_passing)
        return taken > 0 ? 0 : -1;
    if (!publisher->fault.is_answer)
        disconnect(publisher);
    answer_with_fault(publisher, count - taken, false);
    return 0;
}

/* --- until it is done ------------------------------------------------------------------------- */

/* Publishes one batch, if there is one, and connects for it if need be. Returns as publish_batch;
 * when connecting is what fails the fault may be final. */
static int attempt(struct redis_publish *publisher, const struct patience *patience)
{
    if (publisher->redis != NULL && !redis_call_is_connected(publisher->redis))
        disconnect(publisher);
    if (publisher->redis == NULL && connect_anew(publisher, patience) < 0)
        return -1;
    if (publisher->queue.unanswered == NULL)
        return 0;
    for (int i = 0; i < FLOORS_MAX; i++) {
        if (publish_batch(publisher, patience) == 0)
            return 0;
        if (strcmp(publisher->fault.text, TRIMMED) != 0)
            break;
    }
    return -1;
}

static void give_notice(struct redis_publish *publisher, bool is_away)
{
    if (is_away != publisher->is_away && publisher->patience.notice != NULL)
        publisher->patience.notice(publisher->patience.context,
                                   is_away ? publisher->fault.text : NULL);
    publisher->is_away = is_away;
}

/* Waits until it is time to connect. Returns -1 when no more tries are to be made. */
static int await_turn(struct redis_publish *publisher, const struct patience *patience,
                      bool is_only_try)
{
    uint64_t now = patience_now_ms();

    if (now >= patience->deadline_ms)
        return -1;
    if (publisher->redis != NULL || now >= publisher->try_again_ms)
        return 0;
    if (is_only_try)
        return -1;
    if (patience_pause(patience, 0) < 0)
        return -1;
    give_notice(publisher, true);
    if (patience_pause(patience, (uint32_t)(publisher->try_again_ms - now)) < 0)
        return -1;
    return patience_now_ms() < patience->deadline_ms ? 0 : -1;
}

/* After a failed try: when the next one is. */
static void step_back(struct redis_publish *publisher)
{
    uint32_t random = 0;

    disconnect(publisher);
    if (getrandom(&random, sizeof random, 0) < 0)
        random = (uint32_t)publisher->queue.nonce;
    publisher->try_again_ms = patience_now_ms() + backoff_next(&publisher->backoff, random);
}

/* Whether only our own deadline has ended the last try, before it did anything: it then says less
 * than the one before. */
static bool is_cut_short(const struct redis_publish *publisher, const struct patience *patience)
{
    return publisher->queue.doubtful == 0 && patience_now_ms() >= patience->deadline_ms;
}

/* Tries until the front of the queue is answered, or once if `timeout_ms` is 0. Returns -1 when it
 * gave up, and then all that is in the queue is answered by that. */
static int deliver(struct redis_publish *publisher, uint32_t timeout_ms)
{
    const struct redis_patience *set = &publisher->patience;
    const struct patience patience = {.deadline_ms = timeout_ms > 0 ? patience_now_ms() + timeout_ms
                                                                    : PATIENCE_FOREVER,
                                      .silence_ms = SILENCE_MS,
                                      .stop_fd = set->stop_fd != NULL ? *set->stop_fd : -1};
    struct redis_fault said = {0}; /* what Redis answered last */

    while (await_turn(publisher, &patience, timeout_ms == 0) == 0) {
        if (attempt(publisher, &patience) == 0) {
            backoff_reset(&publisher->backoff);
            give_notice(publisher, false);
            return 0;
        }
        step_back(publisher);
        if (!publisher->fault.is_passing || timeout_ms == 0)
            break;
        if (publisher->fault.is_answer)
            said = publisher->fault;
        else if (said.is_answer && is_cut_short(publisher, &patience))
            publisher->fault = said;
        else
            said = (struct redis_fault){0};
    }
    answer_with_fault(publisher, SIZE_MAX, true);
    return -1;
}

int redis_publish_connect(struct redis_publish *publisher, struct publish_result *result)
{
    if (deliver(publisher, publisher->patience.timeout_ms) == 0)
        return 0;
    *result = (struct publish_result){
        .outcome = publisher->fault.is_answer ? PUBLISH_REFUSED : PUBLISH_AWAY, .gave_up = true};
    snprintf(result->error, sizeof result->error, "%s", publisher->fault.text);
    return -1;
}

void redis_publish_receive(struct redis_publish *publisher, struct publish_result *result)
{
    if (STAILQ_FIRST(&publisher->queue.all) == publisher->queue.unanswered)
        deliver(publisher, publisher->patience.timeout_ms);
    publish_queue_fetch(&publisher->queue, result);
}

void redis_publish_try(struct redis_publish *publisher, struct publish_result *result)
{
    deliver(publisher, 0);
    publish_queue_fetch(&publisher->queue, result);
}

void redis_publish_close(struct redis_publish *publisher)
{
    if (publisher == NULL)
        return;
    publish_queue_deinit(&publisher->queue);
    disconnect(publisher);
    free(publisher);
}
