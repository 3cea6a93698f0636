/* core/frame: byte for byte, and read again by a client. */
#include "core/frame.h"

#include "alloc.h"
#include "sse_model.h"
#include "test.h"

static const struct event PLAIN = {.data = (char[]){"hello"}, .data_len = 5};

static void assert_frame(const struct event *event, const char *frame)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(frame_encode(&out, event), 0);
    assert_buf(&out, frame);
    buf_deinit(&out);
}

static void fields_in_order(UNUSED void **state)
{
    struct event event = PLAIN;

    assert_frame(&event, "data: hello\n\n");
    event.id = (struct event_id){1795170075205, 3};
    assert_frame(&event, "data: hello\nid: 1795170075205-3\n\n");
    event.name = (char[]){"progress"};
    assert_frame(&event, "event: progress\ndata: hello\nid: 1795170075205-3\n\n");
    event.retry_ms = 2000;
    assert_frame(&event, "event: progress\nretry: 2000\ndata: hello\nid: 1795170075205-3\n\n");
    event.name = (char[]){"message"};
    event.retry_ms = EVENT_RETRY_MAX;
    assert_frame(&event, "retry: 86400000\ndata: hello\nid: 1795170075205-3\n\n");
}

static void lines(UNUSED void **state)
{
    static const struct {
        const char *data, *frame;
    } CASES[] = {
        {"", "data: \n\n"},
        {"a", "data: a\n\n"},
        {" a", "data:  a\n\n"},
        {":", "data: :\n\n"},
        {"a\nb", "data: a\ndata: b\n\n"},
        {"a\rb", "data: a\ndata: b\n\n"},
        {"a\r\nb", "data: a\ndata: b\n\n"},
        {"a\n\rb", "data: a\ndata: \ndata: b\n\n"},
        {"a\n", "data: a\ndata: \n\n"},
        {"\n", "data: \ndata: \n\n"},
        {"\r\n", "data: \ndata: \n\n"},
        {"\r\r\n", "data: \ndata: \ndata: \n\n"},
        {"a\r", "data: a\ndata: \n\n"},
        {"id: 7\n\nevent: x", "data: id: 7\ndata: \ndata: event: x\n\n"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        char data[40];
        struct event event = {.data = data, .data_len = strlen(CASES[i].data)};
        strcpy(data, CASES[i].data);
        assert_frame(&event, CASES[i].frame);
    }
}

/* Line ends become LF on the way; nothing else changes. */
static void normalise(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++)
        if (*from == '\r' && from[1] == '\n')
            continue;
        else
            *to++ = *from == '\r' ? '\n' : *from;
    *to = '\0';
}

static void read_again(const char *alphabet, size_t len)
{
    size_t n = strlen(alphabet), count = 1;
    static struct sse_model model;
    char data[8] = {0};
    struct event event = {.id = {5, 6}, .name = (char[]){"e"}, .data = data, .data_len = len};
    struct buf out;

    buf_init(&out, 1000);
    for (size_t i = 0; i < len; i++)
        count *= n;
    for (size_t i = 0; i < count; i++) {
        size_t rest = i;
        for (size_t k = 0; k < len; k++, rest /= n)
            data[k] = alphabet[rest % n];
        buf_clear(&out);
        assert_int_equal(frame_encode(&out, &event), 0);
        sse_read(&model, out.data, out.len);
        normalise(data);
        assert_int_equal(model.count, 1);
        assert_string_equal(model.events[0].data, data);
        assert_string_equal(model.events[0].type, "e");
        assert_string_equal(model.events[0].last_id, "5-6");
    }
    buf_deinit(&out);
}

static void all_short_data(UNUSED void **state)
{
    for (size_t len = 0; len <= 5; len++)
        read_again("a\n\r: ", len);
}

/* Wherever the connection breaks: no event is seen whose frame did not come whole. */
static void cut_anywhere(UNUSED void **state)
{
    struct event event = {.id = {7, 0},
                          .name = (char[]){"progress"},
                          .data = (char[]){"a\r\n\nb"},
                          .data_len = 5,
                          .retry_ms = 10};
    static struct sse_model model;
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(frame_encode(&out, &event), 0);
    for (size_t len = 0; len <= out.len; len++) {
        sse_read(&model, out.data, len);
        assert_int_equal(model.count, len == out.len);
    }
    buf_deinit(&out);
}

static void first_bytes(UNUSED void **state)
{
    static struct sse_model model;
    struct buf out;

    buf_init(&out, 100);
    assert_int_equal(frame_encode_retry(&out, 2000), 0);
    assert_buf(&out, "retry: 2000\n:\n");
    assert_int_equal(buf_adds(&out, FRAME_HEARTBEAT), 0);
    assert_int_equal(frame_encode(&out, &PLAIN), 0);
    sse_read(&model, out.data, out.len);
    assert_int_equal(model.count, 1);
    assert_int_equal(model.comments, 2);
    assert_int_equal(model.events[0].retry, 2000);
    assert_string_equal(model.events[0].data, "hello");
    buf_deinit(&out);
}

static void past_limit(UNUSED void **state)
{
    struct event event = {.id = {7, 0},
                          .name = (char[]){"name"},
                          .data = (char[]){"data\ndata"},
                          .data_len = 9,
                          .retry_ms = 10};
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(frame_encode(&out, &event), 0);
    size_t len = out.len;
    buf_deinit(&out);
    for (size_t max = 0; max <= len; max++) {
        buf_init(&out, max);
        assert_int_equal(frame_encode(&out, &event), max < len ? -1 : 0);
        buf_deinit(&out);
    }
    buf_init(&out, 10);
    assert_int_equal(frame_encode_retry(&out, 2000), -1);
    buf_deinit(&out);
}

static int encode_all(UNUSED void *context)
{
    struct event event = {.id = {7, 0},
                          .name = (char[]){"name"},
                          .data = (char[]){"data"},
                          .data_len = 4,
                          .retry_ms = 10};
    struct buf out;

    buf_init(&out, 1000);
    int result = frame_encode_retry(&out, 100);
    if (result == 0)
        result = frame_encode(&out, &event);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, encode_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a frame has event, retry, data and id, in this order", fields_in_order),
        TEST("CR, LF and CRLF make lines", lines),
        TEST("a client reads all short data as it was", all_short_data),
        TEST("a frame that is cut anywhere is no event", cut_anywhere),
        TEST("the first bytes and heartbeats are no event", first_bytes),
        TEST("a frame past the limit fails", past_limit),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("frame", tests);
}
