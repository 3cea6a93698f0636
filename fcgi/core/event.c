/* Events out of pub/sub messages, and wrapped into JSON for streams that ask for it. */
#include "core/event.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/utf8.h"

static const char NO_MEMORY[] = "no memory";

const char *event_check_name(const char *name, size_t len)
{
    if (len == 0 || len > EVENT_NAME_MAX)
        return "an event name has 1 to 200 bytes";
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return "an event name has no line break and no other control character";
    if (utf8_valid_prefix(name, len) != len)
        return "an event name is UTF-8";
    if ((len == 3 && memcmp(name, "end", 3) == 0) || (len >= 7 && memcmp(name, "stream-", 7) == 0))
        return "the event names end and stream-... are the responder's own";
    return NULL;
}

/* The member's text, or NULL if there is none or it is no string. */
static const char *string_member(struct json_object *object, const char *key, size_t *len)
{
    struct json_object *value;

    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    *len = (size_t)json_object_get_string_len(value);
    return json_object_get_string(value);
}

static int id_member(struct event_id *id, struct json_object *object, const char *key)
{
    size_t len;
    const char *text = string_member(object, key, &len);

    return text != NULL ? event_id_parse(id, text, len) : -1;
}

/* Data from outside, made fit for a frame. */
static int set_data(struct event *event, const char *text, size_t len)
{
    struct buf data;

    buf_init(&data, len * 3 + 1); /* each bad byte may become the 3 of U+FFFD */
    if (utf8_repair(&data, text, len) < 0 || buf_add(&data, "", 1) < 0) {
        buf_deinit(&data);
        return -1;
    }
    event->data = data.data;
    event->data_len = data.len - 1;
    return 0;
}

/* Fills the event from an envelope. Returns as event_decode. */
static const char *decode_envelope(struct event *event, struct json_object *envelope,
                                   struct json_object *data)
{
    struct event_id id, prev, epoch;
    struct json_object *retry;
    size_t len;
    const char *text = string_member(envelope, "event", &len);

    if (text == NULL)
        text = string_member(envelope, "type", &len);
    if (text != NULL && len > 0 && (len != 7 || memcmp(text, "message", 7) != 0)) {
        const char *why = event_check_name(text, len);
        if (why != NULL)
            return why;
        event->name = strdup(text);
        if (event->name == NULL)
            return NO_MEMORY;
    }
    if (json_object_object_get_ex(envelope, "retry", &retry) &&
        json_object_is_type(retry, json_type_int)) {
        int64_t ms = json_object_get_int64(retry);
        if (ms > 0 && ms <= EVENT_RETRY_MAX)
            event->retry_ms = (uint32_t)ms;
    }
    if (id_member(&id, envelope, "id") == 0 && id_member(&prev, envelope, "prev") == 0 &&
        id_member(&epoch, envelope, "epoch") == 0)
        event->id = id;
    if (json_object_is_type(data, json_type_string)) {
        text = json_object_get_string(data);
        len = (size_t)json_object_get_string_len(data);
    } else {
        text = json_object_to_json_string_length(
            data, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    }
    return text != NULL && set_data(event, text, len) == 0 ? NULL : NO_MEMORY;
}

/* The JSON object that the message is, or NULL. */
static struct json_object *parse_object(const char *message, size_t len)
{
    struct json_tokener *tokener;
    struct json_object *object;

    if (len == 0 || message[0] != '{' || len > INT_MAX / 2)
        return NULL;
    tokener = json_tokener_new();
    if (tokener == NULL)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    object = json_tokener_parse_ex(tokener, message, (int)len);
    /* At a NUL json-c stops, whatever follows. */
    if (object != NULL && memchr(message, '\0', len) != NULL) {
        json_object_put(object);
        object = NULL;
    }
    json_tokener_free(tokener);
    return object;
}

const char *event_decode(struct event *event, const char *message, size_t len)
{
    struct json_object *object = parse_object(message, len);
    struct json_object *data;
    const char *why = NULL;

    *event = (struct event){0};
    if (object != NULL && json_object_object_get_ex(object, "data", &data))
        why = decode_envelope(event, object, data);
    else if (set_data(event, message, len) < 0)
        why = NO_MEMORY;
    json_object_put(object);
    if (why != NULL)
        event_deinit(event);
    return why;
}

void event_deinit(struct event *event)
{
    free(event->name);
    free(event->data);
    *event = (struct event){0};
}

int event_wrap(struct buf *out, const char *channel, const struct event *event)
{
    const char *name = event->name ? event->name : "message";
    char id[EVENT_ID_TEXT_MAX];

    if (buf_addf(out, "{\"channel\":\"%s\",", channel) < 0)
        return -1;
    event_id_format(id, event->id);
    if (!event_id_is_none(event->id) && buf_addf(out, "\"id\":\"%s\",", id) < 0)
        return -1;
    if (buf_adds(out, "\"event\":") < 0 || json_add_string(out, name, strlen(name)) < 0 ||
        buf_adds(out, ",\"data\":") < 0 || json_add_string(out, event->data, event->data_len) < 0 ||
        buf_adds(out, "}") < 0)
        return -1;
    return 0;
}
