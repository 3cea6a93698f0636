/* Events by their channels: wrapped ones taken apart by json-c. */
#include "tail_event.h"

#include <json-c/json.h>
#include <string.h>

#include "core/channel.h"
#include "core/percent.h"

static const char *text_of(struct json_object *object, const char *key, size_t *len)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    if (len != NULL)
        *len = (size_t)json_object_get_string_len(value);
    return json_object_get_string(value);
}

static void unwrap(struct tail_event *event)
{
    struct json_object *object = json_tokener_parse(event->data);
    size_t len = 0;

    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return;
    }
    const char *channel = text_of(object, "channel", NULL), *name = text_of(object, "event", NULL);
    const char *data = text_of(object, "data", &len);
    if (channel == NULL || name == NULL || data == NULL) {
        json_object_put(object);
        return;
    }
    const char *id = text_of(object, "id", NULL);
    if (id != NULL) /* also where the frame has none: of an event of the past */
        event->id = id;
    event->channel = channel;
    event->name = name;
    event->data = data;
    event->data_len = len;
    event->owned = object;
}

void tail_event_init(struct tail_event *event, const struct sse_parsed *parsed, const char *before,
                     const char *channel, bool is_wrapped)
{
    *event = (struct tail_event){.id = strcmp(parsed->id, before) != 0 ? parsed->id : "",
                                 .channel = channel,
                                 .name = parsed->type,
                                 .data = parsed->data,
                                 .data_len = parsed->data_len};
    if (is_wrapped && strcmp(parsed->type, "message") == 0)
        unwrap(event);
}

void tail_event_deinit(struct tail_event *event)
{
    json_object_put(event->owned);
    event->owned = NULL;
}

bool tail_event_is_own(const struct tail_event *event)
{
    return strncmp(event->name, "stream-", 7) == 0;
}

/* --- URLs ------------------------------------------------------------------------------------- */

/* Its `?`; NULL without one. */
static const char *find_query(const char *url)
{
    const char *at = url + strcspn(url, "?#");

    return *at == '?' ? at : NULL;
}

/* The value of the last such parameter, up to its `&` or `#`; NULL without one. */
static const char *find_parameter(const char *url, const char *name)
{
    const char *at = find_query(url), *value = NULL;
    size_t len = strlen(name);

    while (at != NULL) {
        at++;
        if (strncmp(at, name, len) == 0 && at[len] == '=')
            value = at + len + 1;
        at += strcspn(at, "&#");
        if (*at != '&')
            break;
    }
    return value;
}

bool tail_event_url_wraps(const char *url)
{
    const char *value = find_parameter(url, "wrap");

    return value != NULL && value[0] == '1' && strcspn(value, "&#") == 1;
}

static size_t count_parameters(const char *url)
{
    size_t count = 0;

    for (const char *at = find_query(url); at != NULL && *at != '#'; at = strpbrk(at, "&#")) {
        at++;
        count += strncmp(at, "channel=", 8) == 0 || strncmp(at, "topic=", 6) == 0;
    }
    return count;
}

/* Behind the mount, where the responder is by default. */
static const char *find_path(const char *url)
{
    static const char *const MOUNTS[] = {"/sse/", "/events/"};
    const char *end = url + strcspn(url, "?#");

    for (size_t i = 0; i < sizeof MOUNTS / sizeof *MOUNTS; i++) {
        const char *found = strstr(url, MOUNTS[i]);
        if (found != NULL && found < end)
            return found + strlen(MOUNTS[i]);
    }
    return NULL;
}

void tail_event_channel(char channel[TAIL_CHANNEL_MAX + 1], const char *url)
{
    const char *path = find_path(url), *value = find_parameter(url, "channel");
    size_t parameters = count_parameters(url);

    *channel = '\0';
    if (value == NULL)
        value = find_parameter(url, "topic");
    if (path != NULL)
        value = parameters == 0 ? path : NULL;
    if (value == NULL || (path == NULL && parameters != 1))
        return;
    size_t len = strcspn(value, path != NULL ? "?#" : "&#");
    long decoded = len <= TAIL_CHANNEL_MAX ? percent_decode(channel, value, len, path == NULL) : -1;
    if (decoded < 0 || channel_check(channel, (size_t)decoded) != NULL)
        *channel = '\0';
}
