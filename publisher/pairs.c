/* Pairs as a JSON object: each level of it is one walk over the pairs that begin alike. */
#include "pairs.h"

#include <string.h>
#include <sysexits.h>

#include "core/json.h"
#include "input.h"
#include "payload.h"

#define HEAD_MAX 200 /* bytes; what is longer than this is no key that went wrong */

static bool is_key_byte(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c >= 0x80;
}

/* Length of the path that an argument begins with; 0 for none. */
static size_t path_length(const char *argument)
{
    size_t len = 0;

    if (strchr("0123456789-", argument[0]) != NULL)
        return 0;
    for (;;) {
        size_t start = len;
        while (is_key_byte((unsigned char)argument[len]))
            len++;
        if (len == start)
            return 0;
        if (argument[len] != '.')
            return len;
        len++;
    }
}

static bool is_pair(const char *argument)
{
    size_t len = path_length(argument);

    return len > 0 &&
           (argument[len] == '=' || argument[len] == '@' || strncmp(argument + len, ":=", 2) == 0);
}

/* Length of what stands where a pair has its key; -1 if there is no = behind it, or if it begins as
 * JSON, as what a shell's quotes were to hold, or as mark-up. */
static int head_length(const char *argument)
{
    const char *equal = strchr(argument, '=');
    size_t spaces = strspn(argument, " \t\r\n");

    if (equal == NULL || strchr("{[\"'<", argument[spaces]) != NULL ||
        equal - argument > HEAD_MAX || memchr(argument, '\n', (size_t)(equal - argument)) != NULL)
        return -1;
    if (equal > argument && equal[-1] == ':')
        equal--;
    return (int)(equal - argument);
}

bool pairs_is_meant(const char *argument)
{
    return is_pair(argument) || head_length(argument) >= 0;
}

static int fail(struct buf *why, const char *pair, const char *what)
{
    buf_addf(why, "the key %.*s %s", (int)path_length(pair), pair, what);
    return EX_DATAERR;
}

/* Whether one path is the other, or leads through it. */
static int check_two(const char *a, const char *b, struct buf *why)
{
    size_t a_len = path_length(a), b_len = path_length(b);
    size_t len = a_len < b_len ? a_len : b_len;

    if (memcmp(a, b, len) != 0)
        return 0;
    if (a_len == b_len)
        return fail(why, a, "is given twice");
    return (a_len > len ? a : b)[len] == '.'
               ? fail(why, a_len < b_len ? a : b, "is given a value, and is an object as well")
               : 0;
}

/* Whether it has only what keys are made of: a key that went wrong, and no text. */
static bool is_like_key(const char *head, size_t len)
{
    size_t i = 0;

    while (i < len && (is_key_byte((unsigned char)head[i]) || head[i] == '.'))
        i++;
    return i == len;
}

/* What is no pair, alone or beside others. */
static int fail_as_pair(struct buf *why, const char *argument, bool is_alone)
{
    int len = head_length(argument);

    if (len < 0) {
        buf_addf(why,
                 "%.200s: all arguments must be key=value, key:=json or key@file, or there must be "
                 "one",
                 argument);
        return EX_DATAERR;
    }
    buf_addf(why,
             "\"%.*s\" is no key: a key is letters, digits, _ and -, and begins with neither digit "
             "nor -; a.b is b in the object a",
             len, argument);
    if (is_alone && !is_like_key(argument, (size_t)len))
        buf_adds(why, "\nTo send it as text, add --text.");
    return EX_DATAERR;
}

static int check(char *const *pairs, size_t count, struct buf *why)
{
    bool has_stdin = false;
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        size_t len = path_length(pairs[i]), depth = 0;
        if (!is_pair(pairs[i]))
            return fail_as_pair(why, pairs[i], count == 1);
        for (size_t k = 0; k < len; k++)
            depth += pairs[i][k] == '.';
        if (depth >= PAIRS_DEPTH_MAX)
            return fail(why, pairs[i], "has too many dots: 31 at most");
        if (strcmp(pairs[i] + len, "@-") == 0) {
            if (has_stdin)
                return fail(why, pairs[i], "is standard input, which another one is already");
            has_stdin = true;
        }
        for (size_t k = 0; k < i && result == 0; k++)
            result = check_two(pairs[k], pairs[i], why);
    }
    return result;
}

static int fail_by_size(struct buf *why)
{
    buf_addf(why, "the event is larger than %d bytes", PAYLOAD_MAX);
    return EX_DATAERR;
}

static int add_text(struct buf *out, const char *text, size_t len, bool is_json, struct buf *why)
{
    if (payload_check(text, len, !is_json, why) < 0)
        return EX_DATAERR;
    if ((is_json ? buf_add(out, text, len) : json_add_string(out, text, len)) < 0)
        return fail_by_size(why);
    return 0;
}

static int add_file(struct buf *out, const char *path, struct buf *why)
{
    struct buf content;

    buf_init(&content, PAYLOAD_MAX + 2);
    int result = input_read(&content, path, why);
    if (result == 0)
        result = add_text(out, content.data ? content.data : "", content.len, false, why);
    buf_deinit(&content);
    return result;
}

/* Appends the value of one pair, or says whose value is wrong. */
static int add_value(struct buf *out, const char *pair, struct buf *why)
{
    size_t len = path_length(pair);
    const char *value = pair + len + (pair[len] == ':' ? 2 : 1);
    struct buf fault;

    buf_init(&fault, why->max);
    int result = pair[len] == '@' ? add_file(out, value, &fault)
                                  : add_text(out, value, strlen(value), pair[len] == ':', &fault);
    if (result != 0)
        buf_addf(why, "the value of %.*s: %.*s", (int)len, pair, (int)fault.len,
                 fault.data ? fault.data : "");
    buf_deinit(&fault);
    return result;
}

/* Where the part of the path that begins at `from` ends. */
static size_t part_end(const char *pair, size_t from)
{
    while (is_key_byte((unsigned char)pair[from]))
        from++;
    return from;
}

/* Appends the object whose members are those of the pairs that begin as `first` does in its first
 * `from` bytes, its own path with the dot behind it. */
static int add_object(struct buf *out, char *const *pairs, size_t count, const char *first,
                      size_t from, struct buf *why)
{
    bool is_begun = false;

    for (size_t i = 0; i < count; i++) {
        const char *pair = pairs[i];
        if (strncmp(pair, first, from) != 0)
            continue;
        size_t end = part_end(pair, from);
        bool is_known = false; /* an object that an earlier pair has begun has this one in it */
        for (size_t k = 0; k < i && pair[end] == '.' && !is_known; k++)
            is_known = strncmp(pairs[k], pair, end + 1) == 0;
        if (is_known)
            continue;
        if (buf_adds(out, is_begun ? "," : "{") < 0 ||
            json_add_string(out, pair + from, end - from) < 0 || buf_adds(out, ":") < 0)
            return fail_by_size(why);
        is_begun = true;
        int result = pair[end] == '.' ? add_object(out, pairs, count, pair, end + 1, why)
                                      : add_value(out, pair, why);
        if (result != 0)
            return result;
    }
    return buf_adds(out, "}") < 0 ? fail_by_size(why) : 0;
}

int pairs_encode(struct buf *out, char *const *pairs, size_t count, struct buf *why)
{
    int result = check(pairs, count, why);

    return result == 0 ? add_object(out, pairs, count, "", 0, why) : result;
}
