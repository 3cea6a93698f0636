/* When to renew: after a quarter of its time, so that two in vain do no harm. */
#include "lease.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "redis_call.h"

#define TEXT_MAX     65536
#define TRY_AGAIN_MS 1000

int lease_init(struct lease *lease, uint32_t ms, const char *channel, uint32_t keep, uint32_t ttl_s)
{
    uint64_t name;

    *lease = (struct lease){.will = {.lease_ms = ms, .keep = keep, .ttl_s = ttl_s},
                            .due_ms = LEASE_NEVER};
    buf_init(&lease->text, TEXT_MAX);
    buf_init(&lease->sent, TEXT_MAX);
    pthread_mutex_init(&lease->lock, NULL);
    snprintf(lease->will.channel, sizeof lease->will.channel, "%s", channel);
    if (getrandom(&name, sizeof name, 0) != sizeof name)
        return -1;
    snprintf(lease->name, sizeof lease->name, "%016" PRIx64, name);
    return 0;
}

void lease_deinit(struct lease *lease)
{
    buf_deinit(&lease->text);
    buf_deinit(&lease->sent);
    pthread_mutex_destroy(&lease->lock);
}

void lease_bequeath(struct lease *lease, const struct progress *progress)
{
    struct progress lost = *progress;
    struct will will = lease->will;
    struct buf data, text;

    lost.state = "lost";
    lost.rate = 0;
    lost.has_eta = false;
    buf_init(&data, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    if (progress_encode(&data, &lost) == 0) {
        will.data = data.data;
        will.data_len = data.len;
        if (will_encode(&text, &will) == 0) {
            pthread_mutex_lock(&lease->lock);
            struct buf old = lease->text;
            lease->text = text;
            pthread_mutex_unlock(&lease->lock);
            text = old;
        }
    }
    buf_deinit(&data);
    buf_deinit(&text);
}

/* Copies the newest will to what is sent. Returns -1 without memory. */
static int take_will(struct lease *lease)
{
    pthread_mutex_lock(&lease->lock);
    buf_clear(&lease->sent);
    int result = -1; /* also while there is none */
    if (lease->text.len > 0)
        result = buf_add(&lease->sent, lease->text.data, lease->text.len);
    pthread_mutex_unlock(&lease->lock);
    return result;
}

struct keys_lease lease_part(struct lease *lease, const char *event)
{
    struct keys_lease part = {.name = lease->name, .name_len = strlen(lease->name)};

    if (lease->name[0] == '\0' || (event != NULL && strcmp(event, "log") == 0))
        return (struct keys_lease){0};
    if (event != NULL && strcmp(event, "start") != 0 && strcmp(event, "progress") != 0) {
        part.deed = KEYS_RELEASE;
        return part;
    }
    if (take_will(lease) < 0)
        return (struct keys_lease){0};
    part.deed = KEYS_RENEW;
    part.ms = lease->will.lease_ms;
    part.will = lease->sent.data;
    part.will_len = lease->sent.len;
    return part;
}

void lease_settle(struct lease *lease, const struct publish_result *result, uint64_t now_ms)
{
    uint32_t quarter = lease->will.lease_ms / 4;
    bool is_stored = result->outcome == PUBLISH_DONE || result->outcome == PUBLISH_NOT_LIVE;
    bool is_refused = result->outcome == PUBLISH_DONE ? result->error[0] != '\0'
                                                      : result->outcome == PUBLISH_REFUSED;

    if (is_refused && !redis_error_is_passing(result->error))
        snprintf(lease->complaint, sizeof lease->complaint, "%s", result->error);
    if (is_stored || result->outcome == PUBLISH_UNKNOWN)
        lease->is_made = true;
    bool is_soon = is_refused || !is_stored;
    lease->due_ms = now_ms + (is_soon && quarter > TRY_AGAIN_MS ? TRY_AGAIN_MS : quarter);
}

bool lease_can_be_left_out(const struct lease *lease, const struct publish_result *result)
{
    return result->outcome == PUBLISH_REFUSED && !result->gave_up && !lease->is_made;
}

void lease_give_up(struct lease *lease)
{
    lease->name[0] = '\0';
    lease->due_ms = LEASE_NEVER;
}
