/* One message, decoded. */
#include "latest.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"

static bool is_same(const struct latest *latest, const char *channel, const char *message,
                    size_t len)
{
    return latest->event != NULL && latest->len == len &&
           memcmp(latest->message, message, len) == 0 &&
           strcmp(latest->event->channel, channel) == 0;
}

enum latest_outcome latest_set(struct latest *latest, const char *channel, const char *message,
                               size_t len, size_t data_max)
{
    const char *why;

    if (is_same(latest, channel, message, len))
        return LATEST_SAME;
    latest_forget(latest);
    latest->event = broadcast_new_live(channel, message, len, data_max, &why);
    if (why != NULL)
        log_event(LOG_WARNING, "refused", "channel=%s bytes=%zu reason=\"%s\"", channel, len, why);
    if (latest->event == NULL)
        return why != NULL ? LATEST_REFUSED : LATEST_LOST;
    latest->message = malloc(len + 1);
    if (latest->message == NULL) {
        latest_forget(latest);
        return LATEST_LOST;
    }
    memcpy(latest->message, message, len);
    latest->len = len;
    return LATEST_NEW;
}

void latest_forget(struct latest *latest)
{
    broadcast_unref(latest->event);
    free(latest->message);
    *latest = (struct latest){0};
}
