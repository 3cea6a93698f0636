/* What every unit test includes: cmocka with what it needs before it, tests named by sentences, and
 * a few assertions that cmocka lacks. */
#ifndef SSE_TEST_H
#define SSE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"

#define UNUSED       __attribute__((unused))
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Rows of the table that main() runs. */
#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        .name = sentence, .test_func = function                                                    \
    }
#define TEST_WITH(set_up, tear_down, sentence, function)                                           \
    {                                                                                              \
        .name = sentence, .test_func = function, .setup_func = set_up, .teardown_func = tear_down  \
    }
#define RUN_TESTS(module, tests) cmocka_run_group_tests_name(module, tests, NULL, NULL)

/* Fails the test unless the bytes are the text. */
static inline void assert_bytes(const void *bytes, size_t len, const char *text)
{
    if (len != strlen(text) || (len > 0 && memcmp(bytes, text, len) != 0))
        fail_msg("\"%.*s\" (%zu bytes) is not \"%s\"", (int)len, (const char *)bytes, len, text);
}

static inline void assert_buf(const struct buf *buf, const char *text)
{
    assert_bytes(buf->data, buf->len, text);
}

/* Fails the test unless `part` occurs in the text. */
static inline void assert_has(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("\"%s\" has no \"%s\"", text ? text : "(null)", part);
}

static inline void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" has \"%s\"", text, part);
}

/* The content as a string, valid until the buffer changes. */
static inline const char *buf_text(struct buf *buf)
{
    if (buf_add(buf, "", 1) < 0)
        fail_msg("no room for a NUL");
    buf->len--;
    return buf->data;
}

/* The next of a fixed sequence of numbers that look random (xorshift64*). `state` is not 0. */
static inline uint32_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 2685821657736338717u >> 32);
}

#endif
