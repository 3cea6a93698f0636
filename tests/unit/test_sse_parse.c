/* core/sse_parse: every vector in every split, limits, random bytes, no memory. */
#include "core/sse_parse.h"

#include <json-c/json.h>
#include <stdio.h>

#include "../fuzz/sse_splits.h"
#include "alloc.h"
#include "test.h"

#define VECTORS  "tests/unit/sse_vectors.json"
#define TEXT_MAX (64 << 20)

/* --- what was found, as text that can be compared --------------------------------------------- */

struct found {
    struct buf events;
    int64_t retry; /* -1: never set */
    size_t count;
    size_t stop_at; /* on_event returns 7 at this event */
};

static void add_field(struct buf *out, const char *text, size_t len)
{
    assert_int_equal(buf_addf(out, "%zu:", len), 0);
    assert_int_equal(buf_add(out, text, len), 0);
}

static void add_event(struct buf *out, const struct sse_parsed *event)
{
    add_field(out, event->type, event->type_len);
    add_field(out, event->data, event->data_len);
    add_field(out, event->id, event->id_len);
    assert_int_equal(buf_adds(out, "\n"), 0);
}

static int on_event(void *context, const struct sse_parsed *event)
{
    struct found *found = context;

    add_event(&found->events, event);
    return ++found->count == found->stop_at ? 7 : 0;
}

static int on_too_large(void *context, const struct sse_parsed *event)
{
    struct found *found = context;

    assert_int_equal(buf_addf(&found->events, "too large %s\n", event->id), 0);
    return 0;
}

static void on_retry(void *context, uint32_t ms)
{
    ((struct found *)context)->retry = ms;
}

static const struct sse_parse_handlers HANDLERS = {on_event, on_too_large, on_retry};

static void found_init(struct found *found)
{
    *found = (struct found){.retry = -1};
    buf_init(&found->events, TEXT_MAX);
}

static void feed(struct sse_parse *parse, const char *bytes, size_t len)
{
    assert_int_equal(sse_parse_feed(parse, bytes, len), 0);
}

/* --- the vectors ------------------------------------------------------------------------------ */

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

static void add_hex(struct buf *out, const char *hex)
{
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        assert_int_equal(buf_add(out, &(char){(char)byte}, 1), 0);
}

static void add_string(struct buf *out, struct json_object *string)
{
    size_t len = (size_t)json_object_get_string_len(string);

    assert_int_equal(buf_add(out, json_object_get_string(string), len), 0);
}

/* A list of [text, times], text being a string or {"hex": ...}. */
static void add_parts(struct buf *out, struct json_object *parts)
{
    for (size_t i = 0; i < json_object_array_length(parts); i++) {
        struct json_object *part = json_object_array_get_idx(parts, i);
        struct json_object *text = json_object_array_get_idx(part, 0);
        int times = json_object_get_int(json_object_array_get_idx(part, 1));
        for (int k = 0; k < times; k++)
            if (json_object_is_type(text, json_type_object))
                add_hex(out, json_object_get_string(member(text, "hex")));
            else
                add_string(out, text);
    }
}

static void add_expected(struct buf *out, struct json_object *event)
{
    struct json_object *data = member(event, "data");
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (json_object_is_type(data, json_type_object))
        add_parts(&text, member(data, "parts"));
    else
        add_string(&text, data);
    struct json_object *type = member(event, "type"), *id = member(event, "id");
    add_event(out, &(struct sse_parsed){.type = json_object_get_string(type),
                                        .type_len = (size_t)json_object_get_string_len(type),
                                        .data = text.data,
                                        .data_len = text.len,
                                        .id = json_object_get_string(id),
                                        .id_len = (size_t)json_object_get_string_len(id)});
    buf_deinit(&text);
}

static void feed_bodies(struct sse_parse *parse, struct json_object *conns, size_t most,
                        uint64_t *random)
{
    struct buf body;

    buf_init(&body, TEXT_MAX);
    for (size_t i = 0; i < json_object_array_length(conns); i++) {
        buf_clear(&body);
        add_parts(&body, json_object_array_get_idx(conns, i));
        for (size_t at = 0, part; at < body.len; at += part) {
            part = most == SIZE_MAX ? body.len : 1 + next_random(random) % most;
            part = part < body.len - at ? part : body.len - at;
            feed(parse, body.data + at, part);
        }
        sse_parse_restart(parse);
    }
    buf_deinit(&body);
}

/* Feeds the bodies in parts of at most `most` bytes and compares. */
static void check_vector(struct json_object *vector, size_t most, uint64_t *random)
{
    struct json_object *expect = member(vector, "expect"), *events = member(expect, "events");
    struct json_object *retry = member(expect, "retry");
    const char *name = json_object_get_string(member(vector, "name"));
    struct found found;
    struct buf expected;

    found_init(&found);
    buf_init(&expected, TEXT_MAX);
    for (size_t i = 0; i < json_object_array_length(events); i++)
        add_expected(&expected, json_object_array_get_idx(events, i));
    struct sse_parse *parse = sse_parse_new(16 << 20, 16 << 20, &HANDLERS, &found);
    feed_bodies(parse, member(vector, "conns"), most, random);
    if (found.events.len != expected.len ||
        (expected.len > 0 && memcmp(found.events.data, expected.data, expected.len) != 0))
        fail_msg("%s: \"%.*s\" is not \"%.*s\"", name, (int)found.events.len, found.events.data,
                 (int)expected.len, expected.data);
    struct json_object *last = member(expect, "last_event_id");
    if (strcmp(json_object_get_string(last), "any") != 0) /* " 1": a header has no such value */
        assert_string_equal(sse_parse_id(parse), json_object_get_string(last));
    if (!json_object_is_type(retry, json_type_string)) /* "any" */
        if (found.retry != (retry == NULL ? -1 : json_object_get_int64(retry)))
            fail_msg("%s: retry is %jd", name, (intmax_t)found.retry);
    sse_parse_free(parse);
    buf_deinit(&expected);
    buf_deinit(&found.events);
}

static void check_vectors(size_t most, int times)
{
    struct json_object *file = json_object_from_file(VECTORS), *vectors = member(file, "vectors");
    uint64_t random = 42;

    assert_true(json_object_array_length(vectors) >= 155);
    for (int k = 0; k < times; k++)
        for (size_t i = 0; i < json_object_array_length(vectors); i++)
            check_vector(json_object_array_get_idx(vectors, i), most, &random);
    json_object_put(file);
}

static void vectors_whole(UNUSED void **state)
{
    check_vectors(SIZE_MAX, 1);
}

static void vectors_by_byte(UNUSED void **state)
{
    check_vectors(1, 1);
}

static void vectors_in_splits(UNUSED void **state)
{
    for (size_t most = 2; most <= 32; most *= 2)
        check_vectors(most, 4);
}

/* --- what the vectors do not tell ------------------------------------------------------------- */

/* What a stream gives with lines of at most 10 bytes and data of at most 12, fed in two parts. */
static void assert_limited(const char *stream, const char *events)
{
    for (size_t cut = 0; cut <= strlen(stream); cut++) {
        struct found found;
        found_init(&found);
        struct sse_parse *parse = sse_parse_new(10, 12, &HANDLERS, &found);
        feed(parse, stream, cut);
        feed(parse, stream + cut, strlen(stream) - cut);
        assert_string_equal(found.events.len > 0 ? buf_text(&found.events) : "", events);
        sse_parse_free(parse);
        buf_deinit(&found.events);
    }
}

static void limits(UNUSED void **state)
{
    assert_limited("data:12345\n\n", "7:message5:123450:\n");
    assert_limited("data:123456\n\ndata:a\n\n", "too large \n7:message1:a0:\n");
    assert_limited("id:7\ndata:123456789\r\n\r\ndata:b\n\n", "too large 7\n7:message1:b1:7\n");
    assert_limited("data:12345\ndata:12345\n\n", "7:message11:12345\n123450:\n");
    assert_limited("data:12345\ndata:12345\ndata:1\nid:4\n\ndata:c\n\n",
                   "too large 4\n7:message1:c1:4\n");
    assert_limited("unknown:123456789\ndata:a\n\n", "too large \n");
    assert_limited(": a comment may be as long as it likes\ndata:a\n\n", "7:message1:a0:\n");
    assert_limited("data:123456", "");
}

static void stops(UNUSED void **state)
{
    const char *stream = "data:1\n\ndata:2\n\ndata:3\n\n";
    struct found found;

    found_init(&found);
    found.stop_at = 2;
    struct sse_parse *parse = sse_parse_new(100, 100, &HANDLERS, &found);
    assert_int_equal(sse_parse_feed(parse, stream, strlen(stream)), 7);
    assert_int_equal(found.count, 2);
    sse_parse_free(parse);
    sse_parse_free(NULL);
    buf_deinit(&found.events);
}

static void kept_cursor(UNUSED void **state)
{
    struct found found;

    found_init(&found);
    struct sse_parse *parse = sse_parse_new(100, 100, &HANDLERS, &found);
    assert_string_equal(sse_parse_id(parse), "");
    assert_int_equal(sse_parse_set_id(parse, "5-0"), 0);
    assert_string_equal(sse_parse_id(parse), "5-0");
    feed(parse, "data:a\n\nid:6-0\ndata:", 20);
    assert_string_equal(sse_parse_id(parse), "5-0"); /* no half event moves it */
    sse_parse_restart(parse);
    feed(parse, "data:b\n\n", 8);
    assert_string_equal(buf_text(&found.events), "7:message1:a3:5-0\n7:message1:b3:5-0\n");
    sse_parse_free(parse);
    buf_deinit(&found.events);
}

static void random_bytes(UNUSED void **state)
{
    static const char *const PARTS[] = {"data", "event", "id",   "retry", ":",    " ",    "\n",
                                        "\r",   "\r\n",  "\n\n", "\xEF",  "\xBB", "\xBF", "7",
                                        "x",    "\xF0",  "\x9F", "\x98",  "\x80", "\xC3", "data:"};
    uint64_t random = 7;
    char bytes[600];

    for (int round = 0; round < 3000; round++) {
        size_t len = 0, most = 1 + next_random(&random) % (sizeof bytes - 10);
        while (len < most) {
            uint32_t choice = next_random(&random) % (COUNT(PARTS) + 2);
            const char *part = choice < COUNT(PARTS) ? PARTS[choice] : "";
            size_t part_len = choice < COUNT(PARTS) ? strlen(part) : 1; /* or a NUL */
            memcpy(bytes + len, part, part_len);
            len += part_len;
        }
        splits_check(bytes, len, next_random(&random));
    }
}

static int count_event(void *context, UNUSED const struct sse_parsed *event)
{
    ++*(size_t *)context;
    return 0;
}

static void ignore_retry(UNUSED void *context, UNUSED uint32_t ms)
{
}

static int parse_all(UNUSED void *context)
{
    static const struct sse_parse_handlers QUIET = {count_event, count_event, ignore_retry};
    static const char STREAM[] = "event:e\nid:1\xFF\ndata:x\n\ndata";
    size_t count = 0;
    struct sse_parse *parse = sse_parse_new(100, 100, &QUIET, &count);
    int result = parse == NULL ? -1 : sse_parse_set_id(parse, "5");

    if (result == 0)
        result = sse_parse_feed(parse, STREAM, sizeof STREAM - 1);
    if (result == 0)
        assert_int_equal(count, 1);
    sse_parse_free(parse);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(6, parse_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("every vector, fed whole", vectors_whole),
        TEST("every vector, byte by byte", vectors_by_byte),
        TEST("every vector, in random splits", vectors_in_splits),
        TEST("what is past the limits is left out and told", limits),
        TEST("a handler can stop it", stops),
        TEST("a cursor is kept until a whole event moves it", kept_cursor),
        TEST("random bytes give the same in every split", random_bytes),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("sse_parse", tests);
}
