/* Events out of pub/sub messages, and wrapped into JSON for streams that ask for it. */
#include "core/event.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/number.h"
#include "core/utf8.h"

#define ID_PART_MAX (1ull << 53)

const char EVENT_NO_MEMORY[] = "no memory";

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

    if (text == NULL || event_id_parse(id, text, len) < 0)
        return -1;
    return id->ms < ID_PART_MAX && id->seq < ID_PART_MAX ? 0 : -1;
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

/* Only publishes through the script have all of them, and may end a channel. */
static void set_ids(struct event *event, struct json_object *envelope)
{
    struct event_id id, prev, epoch;

    if (id_member(&id, envelope, "id") < 0 || id_member(&prev, envelope, "prev") < 0 ||
        id_member(&epoch, envelope, "epoch") < 0)
        return;
    event->id = id;
    event->prev = prev;
    event->epoch = epoch;
}

/* Returns as event_decode. */
static const char *set_name(struct event *event, const char *name, size_t len)
{
    static const size_t end_len = sizeof EVENT_END - 1;
    bool is_end = len == end_len && memcmp(name, EVENT_END, end_len) == 0;

    if (len == 0 || (len == 7 && memcmp(name, "message", 7) == 0))
        return NULL;
    if (!is_end || event_id_is_none(event->id)) {
        const char *why = event_check_name(name, len);
        if (why != NULL)
            return why;
    }
    event->name = strndup(name, len);
    return event->name != NULL ? NULL : EVENT_NO_MEMORY;
}

static void set_retry(struct event *event, int64_t ms)
{
    if (ms > 0 && ms <= EVENT_RETRY_MAX)
        event->retry_ms = (uint32_t)ms;
}

/* Fills the event from an envelope. Returns as event_decode. */
static const char *decode_envelope(struct event *event, struct json_object *envelope,
                                   struct json_object *data)
{
    struct json_object *retry;
    const char *why = NULL;
    size_t len;

    set_ids(event, envelope);
    const char *text = string_member(envelope, "event", &len);
    if (text == NULL)
        text = string_member(envelope, "type", &len);
    if (text != NULL)
        why = set_name(event, text, len);
    if (why != NULL)
        return why;
    if (json_object_object_get_ex(envelope, "retry", &retry) &&
        json_object_is_type(retry, json_type_int))
        set_retry(event, json_object_get_int64(retry));
    if (json_object_is_type(data, json_type_string)) {
        text = json_object_get_string(data);
        len = (size_t)json_object_get_string_len(data);
    } else {
        text = json_object_to_json_string_length(
            data, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    }
    return text != NULL && set_data(event, text, len) == 0 ? NULL : EVENT_NO_MEMORY;
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

/* What is left of an event that is refused for what it is. */
static void keep_ids(struct event *event, const char *why)
{
    const struct event ids = {.id = event->id, .prev = event->prev, .epoch = event->epoch};

    event_deinit(event);
    if (why != EVENT_NO_MEMORY)
        *event = ids;
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
        why = EVENT_NO_MEMORY;
    json_object_put(object);
    if (why != NULL)
        keep_ids(event, why);
    return why;
}

static const struct event_field *find_field(const struct event_field *fields, size_t count,
                                            const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].name_len == strlen(name) &&
            memcmp(fields[i].name, name, fields[i].name_len) == 0)
            return &fields[i];
    return NULL;
}

const char *event_decode_entry(struct event *event, struct event_id id,
                               const struct event_field *fields, size_t count)
{
    const struct event_field *prev = find_field(fields, count, "prev");
    const struct event_field *data = find_field(fields, count, "data");
    const struct event_field *name = find_field(fields, count, "event");
    const struct event_field *retry = find_field(fields, count, "retry");
    const char *why = NULL;
    uint64_t ms;

    *event = (struct event){0};
    if (prev == NULL || data == NULL ||
        event_id_parse(&event->prev, prev->value, prev->value_len) < 0)
        return "an entry of the log that no publisher made";
    event->id = id;
    if (name != NULL)
        why = set_name(event, name->value, name->value_len);
    if (why == NULL && set_data(event, data->value, data->value_len) < 0)
        why = EVENT_NO_MEMORY;
    if (retry != NULL && number_parse_whole(retry->value, 1, EVENT_RETRY_MAX, &ms) == 0)
        set_retry(event, (int64_t)ms);
    if (why != NULL)
        keep_ids(event, why);
    return why;
}

bool event_is_end(const struct event *event)
{
    return event->name != NULL && strcmp(event->name, EVENT_END) == 0;
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
