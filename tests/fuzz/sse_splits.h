/* What must hold for any bytes: the parser finds the same in every split of them, and all of it is
 * UTF-8 within the limits. Aborts where it does not. */
#ifndef SSE_FUZZ_SSE_SPLITS_H
#define SSE_FUZZ_SSE_SPLITS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/sse_parse.h"
#include "core/utf8.h"

#define SPLITS_LINE_MAX 64
#define SPLITS_DATA_MAX 100

static inline void splits_need(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "sse_parse: %s\n", what);
        abort();
    }
}

static inline void splits_check_text(const char *text, size_t len)
{
    splits_need(text[len] == '\0', "a text does not end in NUL");
    for (size_t at = 0; at < len; at++) { /* NUL is the parser's to hand on, but no utf8.h's */
        at += utf8_valid_prefix(text + at, len - at);
        splits_need(at >= len || text[at] == '\0', "a text is not UTF-8");
    }
}

static inline int splits_event(void *context, const struct sse_parsed *event)
{
    struct buf *found = context;

    splits_check_text(event->type, event->type_len);
    splits_check_text(event->data, event->data_len);
    splits_check_text(event->id, event->id_len);
    splits_need(event->data_len <= SPLITS_DATA_MAX, "data past the limit");
    splits_need(memchr(event->data, '\r', event->data_len) == NULL, "a CR in data");
    splits_need(memchr(event->id, '\0', event->id_len) == NULL, "a NUL in an id");
    splits_need(buf_addf(found, "event %zu %zu %zu ", event->type_len, event->data_len,
                         event->id_len) == 0 &&
                    buf_add(found, event->type, event->type_len) == 0 &&
                    buf_add(found, event->data, event->data_len) == 0 &&
                    buf_add(found, event->id, event->id_len) == 0,
                "no memory for the test");
    return 0;
}

static inline int splits_too_large(void *context, const struct sse_parsed *event)
{
    splits_check_text(event->id, event->id_len);
    splits_need(buf_addf(context, "too large %s\n", event->id) == 0, "no memory for the test");
    return 0;
}

static inline void splits_retry(void *context, uint32_t ms)
{
    splits_need(buf_addf(context, "retry %u\n", ms) == 0, "no memory for the test");
}

/* Feeds the bytes in parts of 1 to `most` bytes, sizes chosen by `seed`; twice, as two streams. */
static inline void splits_read(struct buf *found, const char *bytes, size_t len, size_t most,
                               uint32_t seed)
{
    static const struct sse_parse_handlers HANDLERS = {splits_event, splits_too_large,
                                                       splits_retry};
    struct sse_parse *parse = sse_parse_new(SPLITS_LINE_MAX, SPLITS_DATA_MAX, &HANDLERS, found);

    splits_need(parse != NULL, "no memory for the test");
    for (int stream = 0; stream < 2; stream++) {
        for (size_t at = 0, part; at < len; at += part) {
            seed = seed * 1664525u + 1013904223u;
            part = 1 + (seed >> 8) % most;
            if (part > len - at)
                part = len - at;
            /* A copy of its own, so that a sanitizer sees a read past its end. */
            char *copy = malloc(part);
            splits_need(copy != NULL, "no memory for the test");
            memcpy(copy, bytes + at, part);
            splits_need(sse_parse_feed(parse, copy, part) == 0, "a feed failed");
            free(copy);
        }
        splits_need(buf_addf(found, "end %s\n", sse_parse_id(parse)) == 0, "no memory");
        sse_parse_restart(parse);
    }
    sse_parse_free(parse);
}

static inline void splits_check(const char *bytes, size_t len, uint32_t seed)
{
    struct buf whole, parts;

    buf_init(&whole, 8 * len + 100000);
    buf_init(&parts, 8 * len + 100000);
    splits_read(&whole, bytes, len, 1, seed);
    for (size_t most = 2; most <= 2 * len; most = most * 3 / 2 + 1) {
        buf_clear(&parts);
        splits_read(&parts, bytes, len, most, seed);
        splits_need(whole.len == parts.len && memcmp(whole.data, parts.data, whole.len) == 0,
                    "another split, other events");
    }
    buf_deinit(&whole);
    buf_deinit(&parts);
}

#endif
