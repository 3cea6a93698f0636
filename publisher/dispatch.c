/* redis_publish tries again for as long as it takes, under one nonce: a letter is never published
 * twice. */
#include "dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "patience.h"

int dispatch_init(struct dispatch *dispatch, const struct target *target, const char *program,
                  const char *channel, uint32_t lease_ms, const struct redis_patience *patience)
{
    *dispatch = (struct dispatch){.target = target, .program = program, .channel = channel};
    if (lease_init(&dispatch->lease, lease_ms, channel, target->keep, target->ttl_s) < 0)
        return -1;
    dispatch->redis = redis_publish_new(&target->redis, &target->keys, patience);
    return dispatch->redis != NULL ? 0 : -1;
}

void dispatch_deinit(struct dispatch *dispatch)
{
    redis_publish_close(dispatch->redis);
    lease_deinit(&dispatch->lease);
}

/* In one write, since the job writes to the terminal too; what the bar has drawn is taken away. */
void dispatch_say(const struct dispatch *dispatch, const char *what, const char *why)
{
    fprintf(stderr, "%s%s: %s%s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", dispatch->program,
            what, why);
}

static bool is_stored(const struct publish_result *result)
{
    return result->outcome == PUBLISH_DONE || result->outcome == PUBLISH_NOT_LIVE;
}

static void settle_lease(struct dispatch *dispatch, const struct publish_result *result)
{
    lease_settle(&dispatch->lease, result, patience_now_ms());
    if (dispatch->lease.complaint[0] == '\0' || dispatch->has_complained)
        return;
    dispatch->has_complained = true;
    dispatch_say(dispatch,
                 "nobody will be told if the job dies (said once): ", dispatch->lease.complaint);
}

/* Publishes what the lease is to know of, and without it if it is that which Redis refuses. Returns
 * -1 without memory. */
static int send(struct dispatch *dispatch, struct keys_publish *publish,
                struct publish_result *result)
{
    struct lease *lease = &dispatch->lease;
    struct publish_result first;

    publish->lease = lease_part(lease, publish->event);
    enum keys_lease_deed deed = publish->lease.deed;
    bool has_part = publish->lease.name != NULL;
    if (redis_publish_send(dispatch->redis, publish) < 0)
        return -1;
    redis_publish_receive(dispatch->redis, result);
    if (has_part && lease_can_be_left_out(lease, result)) {
        first = *result;
        publish->lease = (struct keys_lease){0};
        if (redis_publish_send(dispatch->redis, publish) < 0)
            return -1;
        redis_publish_receive(dispatch->redis, result);
        if (is_stored(result))
            settle_lease(dispatch, &first);
        if (is_stored(result))
            lease_give_up(lease);
    } else if (has_part && deed == KEYS_RENEW) {
        settle_lease(dispatch, result);
    }
    return 0;
}

/* `result` is NULL without memory. */
static void note_error(struct dispatch *dispatch, const struct publish_result *result)
{
    dispatch->error[0] = '\0';
    if (result == NULL)
        strcpy(dispatch->error, "no memory");
    else if (result->outcome == PUBLISH_REFUSED)
        snprintf(dispatch->error, sizeof dispatch->error, "%s", result->error);
    else if (!is_stored(result))
        away_words(dispatch->error, &dispatch->target->redis, result->error);
}

int dispatch_letter(struct dispatch *dispatch, const struct letter *letter)
{
    struct publish_result result;
    struct keys_publish publish = {.channel = dispatch->channel,
                                   .event = letter->event,
                                   .data = letter->data,
                                   .data_len = letter->len,
                                   .keep = dispatch->target->keep,
                                   .ttl_s = dispatch->target->ttl_s};
    struct buf data;

    buf_init(&data, letter->len + 64);
    if (letter->dropped > 0 && buf_add(&data, letter->data, letter->len - 1) == 0 &&
        buf_addf(&data, ",\"dropped\":%" PRIu64 "}", letter->dropped) == 0) {
        publish.data = data.data;
        publish.data_len = data.len;
    }
    int sent = send(dispatch, &publish, &result);
    buf_deinit(&data);
    note_error(dispatch, sent < 0 ? NULL : &result);
    if (sent < 0)
        return -1;
    if (result.outcome == PUBLISH_REFUSED && !dispatch->was_refused) {
        dispatch->was_refused = true;
        dispatch_say(dispatch, "not published (said once): ", result.error);
    }
    return is_stored(&result) ? 0 : -1;
}

void dispatch_renewal(struct dispatch *dispatch)
{
    struct publish_result result = {.outcome = PUBLISH_AWAY};
    const struct keys_publish renewal = {.channel = dispatch->channel,
                                         .keep = dispatch->target->keep,
                                         .ttl_s = dispatch->target->ttl_s,
                                         .lease = lease_part(&dispatch->lease, NULL)};

    if (renewal.lease.name != NULL && redis_publish_send(dispatch->redis, &renewal) == 0)
        redis_publish_try(dispatch->redis, &result);
    settle_lease(dispatch, &result);
}
