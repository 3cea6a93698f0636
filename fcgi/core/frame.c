/* Events as SSE text. */
#include "core/frame.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* Length of the line at `text`, without its end. */
static size_t line_length(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] != '\n' && text[n] != '\r')
        n++;
    return n;
}

static int encode_data(struct buf *out, const char *text, size_t len)
{
    for (;;) {
        size_t line = line_length(text, len);
        if (buf_adds(out, "data: ") < 0 || buf_add(out, text, line) < 0 || buf_adds(out, "\n") < 0)
            return -1;
        if (line == len)
            return 0;
        bool crlf = text[line] == '\r' && line + 1 < len && text[line + 1] == '\n';
        size_t past = line + (crlf ? 2 : 1);
        text += past;
        len -= past;
    }
}

int frame_encode(struct buf *out, const struct event *event)
{
    char id[EVENT_ID_TEXT_MAX];

    if (event->name != NULL && strcmp(event->name, "message") != 0 &&
        buf_addf(out, "event: %s\n", event->name) < 0)
        return -1;
    if (event->retry_ms > 0 && buf_addf(out, "retry: %" PRIu32 "\n", event->retry_ms) < 0)
        return -1;
    if (encode_data(out, event->data, event->data_len) < 0)
        return -1;
    event_id_format(id, event->id);
    if (!event_id_is_none(event->id) && buf_addf(out, "id: %s\n", id) < 0)
        return -1;
    return buf_adds(out, "\n");
}

int frame_encode_retry(struct buf *out, uint32_t retry_ms)
{
    return buf_addf(out, "retry: %" PRIu32 "\n:\n", retry_ms);
}

int frame_encode_heartbeat(struct buf *out, uint32_t heartbeat_ms)
{
    return buf_addf(out, "event: stream-heartbeat\ndata: {\"seconds\":%g}\n\n",
                    heartbeat_ms / 1000.0);
}
