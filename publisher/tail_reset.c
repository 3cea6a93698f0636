/* Data of stream-reset, read by json-c. */
#include "tail_reset.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "core/channel.h"
#include "core/utf8.h"

#define CHANNELS_SHOWN 3
#define BYTES_SHOWN    200

static const char *name_of(struct json_object *channels, size_t i)
{
    return json_object_get_string(json_object_array_get_idx(channels, i));
}

/* The channels or patterns that the data names; NULL where it names none, or what cannot be one: it
 * is of another make then. */
static struct json_object *find_channels(struct json_object *data)
{
    struct json_object *channels = NULL;

    if (!json_object_is_type(data, json_type_object) ||
        !json_object_object_get_ex(data, "channels", &channels) ||
        !json_object_is_type(channels, json_type_array) || json_object_array_length(channels) == 0)
        return NULL;
    for (size_t i = 0; i < json_object_array_length(channels); i++) {
        struct json_object *name = json_object_array_get_idx(channels, i);
        if (!json_object_is_type(name, json_type_string) ||
            channel_check_pattern(json_object_get_string(name),
                                  (size_t)json_object_get_string_len(name)) != NULL)
            return NULL;
    }
    return channels;
}

static int add_channels(struct buf *out, struct json_object *channels)
{
    size_t count = json_object_array_length(channels);

    for (size_t i = 0; i < count && i < CHANNELS_SHOWN; i++)
        if (buf_addf(out, "%s%s", i == 0 ? ", on " : ", ", name_of(channels, i)) < 0)
            return -1;
    return count > CHANNELS_SHOWN ? buf_addf(out, " and %zu more", count - CHANNELS_SHOWN) : 0;
}

static int add_quote(struct buf *out, const char *data)
{
    size_t len = strcspn(data, "\r\n");

    len = utf8_valid_prefix(data, len < BYTES_SHOWN ? len : BYTES_SHOWN);
    return buf_addf(out, "events are gone that this reader did not have%s%.*s%s",
                    len > 0 ? ": " : "", (int)len, data, data[len] != '\0' ? " ..." : "");
}

int tail_reset_describe(struct buf *out, const char *data)
{
    struct json_object *object = json_tokener_parse(data), *missed = NULL;
    struct json_object *channels = find_channels(object);
    int64_t count = 0;
    int result;

    if (channels == NULL) {
        json_object_put(object);
        return add_quote(out, data);
    }
    if (json_object_object_get_ex(object, "missed", &missed) &&
        json_object_is_type(missed, json_type_int))
        count = json_object_get_int64(missed);
    if (count > 0)
        result = buf_addf(out, "%" PRId64 " event%s", count, count == 1 ? " is" : "s are");
    else
        result = buf_adds(out, "events are");
    if (result == 0)
        result = buf_adds(out, " gone that this reader did not have");
    if (result == 0)
        result = add_channels(out, channels);
    json_object_put(object);
    return result;
}
