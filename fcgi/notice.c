/* stream-open and stream-reset. */
#include "notice.h"

#include <inttypes.h>

#include "core/frame.h"

/* Names of channels have no character that JSON would quote. */
static int add_channels(struct buf *data, const char *const *channels, size_t count)
{
    if (buf_adds(data, "\"channels\":[") < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (buf_addf(data, "%s\"%s\"", i > 0 ? "," : "", channels[i]) < 0)
            return -1;
    return buf_adds(data, "]");
}

static int add_id(struct buf *data, const char *name, struct event_id id)
{
    char text[EVENT_ID_TEXT_MAX];

    if (event_id_is_none(id))
        return buf_addf(data, "\"%s\":null,", name);
    event_id_format(text, id);
    return buf_addf(data, "\"%s\":\"%s\",", name, text);
}

static int add_count(struct buf *data, const char *name, uint64_t count)
{
    if (count == 0)
        return buf_addf(data, "\"%s\":null,", name);
    return buf_addf(data, "\"%s\":%" PRIu64 ",", name, count);
}

static int add_frame(struct buf *out, char *name, struct event_id id, const struct buf *data)
{
    const struct event event = {.id = id, .name = name, .data = data->data, .data_len = data->len};

    return frame_encode(out, &event);
}

int notice_open(struct buf *out, struct event_id horizon, const char *const *channels, size_t count,
                bool is_resumed)
{
    struct buf data;
    int result = -1;

    buf_init(&data, SIZE_MAX);
    if (buf_adds(&data, "{") == 0 && add_channels(&data, channels, count) == 0 &&
        buf_addf(&data, ",\"resumed\":%s}", is_resumed ? "true" : "false") == 0)
        result = add_frame(out, (char[]){"stream-open"}, horizon, &data);
    buf_deinit(&data);
    return result;
}

int notice_reset(struct buf *out, struct event_id gone, struct event_id requested,
                 struct event_id oldest, uint64_t missed, const char *const *channels, size_t count)
{
    struct buf data;
    int result = -1;

    buf_init(&data, SIZE_MAX);
    if (buf_adds(&data, "{") == 0 && add_id(&data, "requested", requested) == 0 &&
        add_id(&data, "oldest", oldest) == 0 && add_count(&data, "missed", missed) == 0 &&
        add_channels(&data, channels, count) == 0 && buf_adds(&data, "}") == 0)
        result = add_frame(out, (char[]){"stream-reset"}, gone, &data);
    buf_deinit(&data);
    return result;
}
