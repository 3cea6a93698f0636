/* The library's API, on the layers that sse-publish stands on: settings, checks, redis_publish. */
#include "ssepublish.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/channel.h"
#include "core/event.h"
#include "payload.h"
#include "redis_publish.h"
#include "target.h"

#define ERROR_MAX     1024
#define SETTING_COUNT 6

struct ssepublish {
    struct target target;
    char *password_file;         /* what target.password_file points to */
    struct redis_publish *redis; /* NULL before the first event */
    const char
        *wrong[SETTING_COUNT]; /* what is wrong with the environment's settings; NULL: nothing */
    char id[EVENT_ID_TEXT_MAX];
    char error[ERROR_MAX];
};

static const struct setting {
    const char *option, *variable;
    const char *(*set)(void *target, const char *value);
} SETTINGS[SETTING_COUNT] = {
    {"redis", "SSE_REDIS", target_set_redis},
    {"redis-password-file", "SSE_REDIS_PASSWORD_FILE", NULL},
    {"prefix", "SSE_PREFIX", target_set_prefix},
    {"keep", "SSE_KEEP", target_set_keep},
    {"ttl", "SSE_TTL", target_set_ttl},
    {"timeout", "SSE_TIMEOUT", target_set_timeout},
};

/* Remembers what is wrong. Returns the status. */
static int fail(struct ssepublish *publisher, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct ssepublish *publisher, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(publisher->error, sizeof publisher->error, format, args);
    va_end(args);
    return status;
}

/* --- settings --------------------------------------------------------------------------------- */

static const char *set_password_file(struct ssepublish *publisher, const char *value)
{
    char *copy = strdup(value);

    if (copy == NULL)
        return "no memory";
    free(publisher->password_file);
    publisher->password_file = copy;
    return target_set_password_file(&publisher->target, copy);
}

static const char *apply(struct ssepublish *publisher, const struct setting *setting,
                         const char *value)
{
    return setting->set != NULL ? setting->set(&publisher->target, value)
                                : set_password_file(publisher, value);
}

static void read_environment(struct ssepublish *publisher)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *value = getenv(SETTINGS[i].variable);
        if (value != NULL && *value != '\0')
            publisher->wrong[i] = apply(publisher, &SETTINGS[i], value);
    }
    publisher->target.is_redis_by_option = publisher->target.is_file_by_option = false;
}

struct ssepublish *ssepublish_new(void)
{
    struct ssepublish *publisher = calloc(1, sizeof *publisher);

    if (publisher == NULL)
        return NULL;
    if (target_preset(&publisher->target) < 0) {
        free(publisher);
        return NULL;
    }
    read_environment(publisher);
    return publisher;
}

int ssepublish_set(struct ssepublish *publisher, const char *option, const char *value)
{
    if (publisher == NULL)
        return SSEPUBLISH_FAILED;
    if (publisher->redis != NULL)
        return fail(publisher, SSEPUBLISH_USAGE, "%.100s: set it before the first event", option);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(SETTINGS[i].option, option) != 0)
            continue;
        const char *problem = apply(publisher, &SETTINGS[i], value);
        if (problem != NULL) /* a URL may have a password in it, and is not repeated */
            return fail(publisher, SSEPUBLISH_USAGE, "%s: %s", option, problem);
        publisher->wrong[i] = NULL;
        publisher->error[0] = '\0';
        return SSEPUBLISH_OK;
    }
    return fail(publisher, SSEPUBLISH_USAGE, "%.100s: there is no such option", option);
}

/* --- events ----------------------------------------------------------------------------------- */

/* Before the first event: are the settings good. Returns the status. */
static int begin(struct ssepublish *publisher)
{
    struct target *target = &publisher->target;
    const struct redis_patience patience = {.timeout_ms = target->timeout_ms};
    bool is_file;

    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (publisher->wrong[i] != NULL)
            return fail(publisher, SSEPUBLISH_USAGE, "%s in the environment: %s",
                        SETTINGS[i].variable, publisher->wrong[i]);
    const char *problem = redis_url_complete(&target->redis, target->password_file, &is_file);
    if (problem != NULL && is_file)
        return fail(publisher, SSEPUBLISH_USAGE, "%s%.200s%s: %s",
                    target->is_file_by_option ? "redis-password-file " : "SSE_REDIS_PASSWORD_FILE=",
                    target->password_file, target->is_file_by_option ? "" : " in the environment",
                    problem);
    if (problem != NULL)
        return fail(publisher, SSEPUBLISH_USAGE, "%s: %s",
                    target->is_redis_by_option ? "redis" : "SSE_REDIS in the environment", problem);
    publisher->redis = redis_publish_new(&target->redis, &target->keys, &patience);
    return publisher->redis != NULL ? SSEPUBLISH_OK
                                    : fail(publisher, SSEPUBLISH_FAILED, "no memory");
}

static int conclude(struct ssepublish *publisher, const struct publish_result *result)
{
    strcpy(publisher->id, result->id);
    switch (result->outcome) {
    case PUBLISH_DONE:
        return SSEPUBLISH_OK;
    case PUBLISH_NOT_LIVE:
        return fail(publisher, SSEPUBLISH_FAILED, "stored, but not sent live: %s", result->error);
    case PUBLISH_REFUSED:
        return fail(publisher, SSEPUBLISH_AWAY, "not published: Redis says: %s", result->error);
    case PUBLISH_AWAY:
        return fail(publisher, SSEPUBLISH_AWAY, "not published: Redis is away: %s", result->error);
    default:
        return fail(publisher, SSEPUBLISH_UNKNOWN, "not known whether it is published: %s",
                    result->error);
    }
}

/* Publishes what is checked. */
static int deliver(struct ssepublish *publisher, const struct keys_publish *publish)
{
    struct publish_result result;

    if (redis_publish_send(publisher->redis, publish) < 0)
        return fail(publisher, SSEPUBLISH_FAILED, "no memory");
    redis_publish_receive(publisher->redis, &result);
    return conclude(publisher, &result);
}

/* The same without SIGPIPE, which a connection that Redis closed would send to the program. Its own
 * one, if it waits already, goes on waiting. */
static int deliver_quietly(struct ssepublish *publisher, const struct keys_publish *publish)
{
    const struct timespec none = {0};
    sigset_t pipe_only, before, pending;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    bool is_theirs = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    int status = deliver(publisher, publish);
    if (!is_theirs)
        sigtimedwait(&pipe_only, NULL, &none);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* Checks what an event is made of. Returns the status. */
static int check(struct ssepublish *publisher, const struct keys_publish *publish, bool is_text)
{
    const char *problem = channel_check(publish->channel, strlen(publish->channel));
    const char *event = publish->event;
    struct buf why;
    int status = SSEPUBLISH_OK;

    if (problem != NULL)
        return fail(publisher, SSEPUBLISH_USAGE, "the channel \"%.100s\" %s", publish->channel,
                    problem);
    problem = event != NULL && strcmp(event, EVENT_END) != 0
                  ? event_check_name(event, strlen(event))
                  : NULL;
    if (problem != NULL)
        return fail(publisher, SSEPUBLISH_USAGE, "the event name \"%.100s\" %s", event, problem);
    buf_init(&why, ERROR_MAX);
    if (payload_check(publish->data, publish->data_len, is_text, &why) < 0)
        status = fail(publisher, SSEPUBLISH_DATA, "%.*s", (int)why.len,
                      why.data != NULL ? why.data : "no memory");
    buf_deinit(&why);
    return status;
}

static int publish(struct ssepublish *publisher, const char *channel, const char *event,
                   const char *data, bool is_text)
{
    if (publisher == NULL)
        return SSEPUBLISH_FAILED;
    publisher->id[0] = publisher->error[0] = '\0';
    if (channel == NULL || data == NULL)
        return fail(publisher, SSEPUBLISH_USAGE, "the channel or the data is missing");
    const struct keys_publish form = {.channel = channel,
                                      .event = event,
                                      .data = data,
                                      .data_len = strlen(data),
                                      .keep = publisher->target.keep,
                                      .ttl_s = publisher->target.ttl_s};
    int status = check(publisher, &form, is_text);
    if (status == SSEPUBLISH_OK && publisher->redis == NULL)
        status = begin(publisher);
    return status == SSEPUBLISH_OK ? deliver_quietly(publisher, &form) : status;
}

/* The name `end` is for ssepublish_end. */
static int publish_named(struct ssepublish *publisher, const char *channel, const char *event,
                         const char *data, bool is_text)
{
    if (publisher != NULL && event != NULL && strcmp(event, EVENT_END) == 0) {
        publisher->id[0] = '\0';
        return fail(publisher, SSEPUBLISH_USAGE, "the event name \"end\" %s",
                    event_check_name(EVENT_END, strlen(EVENT_END)));
    }
    return publish(publisher, channel, event, data, is_text);
}

int ssepublish_json(struct ssepublish *publisher, const char *channel, const char *event,
                    const char *json)
{
    return publish_named(publisher, channel, event, json, false);
}

int ssepublish_text(struct ssepublish *publisher, const char *channel, const char *event,
                    const char *text)
{
    return publish_named(publisher, channel, event, text, true);
}

int ssepublish_end(struct ssepublish *publisher, const char *channel, const char *json)
{
    return publish(publisher, channel, EVENT_END, json != NULL ? json : "{}", false);
}

/* --- what is known ---------------------------------------------------------------------------- */

const char *ssepublish_id(const struct ssepublish *publisher)
{
    return publisher != NULL ? publisher->id : "";
}

const char *ssepublish_error(const struct ssepublish *publisher)
{
    return publisher != NULL ? publisher->error : "no memory";
}

void ssepublish_free(struct ssepublish *publisher)
{
    if (publisher == NULL)
        return;
    redis_publish_close(publisher->redis);
    target_deinit(&publisher->target);
    free(publisher->password_file);
    free(publisher);
}
