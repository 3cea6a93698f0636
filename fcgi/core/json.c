/* JSON by json-c, and the few rules of RFC 8259 that json-c does not hold to in its strict mode. */
#include "core/json.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/utf8.h"

#define DEPTH_MAX 100

static int fail(struct json_fault *fault, size_t at, const char *what)
{
    *fault = (struct json_fault){.at = at, .what = what};
    return -1;
}

/* Grammar of json-c: structure, escapes, depth. */
static int check_structure(const char *text, size_t len, struct json_fault *fault)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *value = NULL;

    if (tokener == NULL)
        return fail(fault, 0, "no memory to check it");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    value = json_tokener_parse_ex(tokener, text, (int)len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue) {
        /* A number or literal ends where the text does: only a NUL tells json-c so. */
        value = json_tokener_parse_ex(tokener, "", 1);
        error = json_tokener_get_error(tokener);
        end = len;
    }
    json_object_put(value);
    json_tokener_free(tokener);
    if (error != json_tokener_success)
        return fail(fault, end < len ? end : len, json_tokener_error_desc(error));
    end += strspn(text + end, " \t\r\n");
    if (end < len)
        return fail(fault, end, "more text after the end of the value");
    return 0;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Length of the number (RFC 8259, section 6) at `text`, 0 if there is none. */
static size_t number_length(const char *text)
{
    size_t at = text[0] == '-' ? 1 : 0;
    size_t more = text[at] == '0' ? 1 : digits(text + at);

    if (more == 0)
        return 0;
    at += more;
    if (text[at] == '.') {
        more = digits(text + at + 1);
        if (more == 0)
            return 0;
        at += 1 + more;
    }
    if (text[at] == 'e' || text[at] == 'E') {
        at += strspn(text + at + 1, "+-") > 0 ? 2 : 1;
        more = digits(text + at);
        if (more == 0)
            return 0;
        at += more;
    }
    return at;
}

/* What json-c lets through: NaN and Infinity, numbers like `1.` and `-01`, keys in single quotes,
 * bare control characters in strings. `text` has the right structure already, and a NUL at its end.
 */
static int check_tokens(const char *text, size_t len, struct json_fault *fault)
{
    bool in_string = false;

    for (size_t at = 0; at < len; at++) {
        unsigned char c = (unsigned char)text[at];
        if (in_string) {
            if (c < 0x20)
                return fail(fault, at, "a control character in a string must be escaped");
            if (c == '\\')
                at++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '\'') {
            return fail(fault, at, "JSON quotes with \" only");
        } else if (c == 'N' || c == 'I') {
            return fail(fault, at, "JSON has no NaN and no Infinity");
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            size_t number = number_length(text + at);
            if (number == 0 ||
                strchr("0123456789.eE+-", text[at + number] ? text[at + number] : ' '))
                return fail(fault, at, "not a number as JSON writes it");
            at += number - 1;
        }
    }
    return 0;
}

int json_check(const char *text, size_t len, struct json_fault *fault)
{
    struct buf copy;
    int result;

    if (len > INT_MAX / 2)
        return fail(fault, 0, "too long");
    size_t valid = utf8_valid_prefix(text, len); /* json-c lets overlong forms pass */
    if (valid < len)
        return fail(fault, valid, text[valid] == '\0' ? "a NUL byte" : "not UTF-8");
    buf_init(&copy, len + 1); /* with a NUL behind it, which `text` need not have */
    if (buf_add(&copy, text, len) < 0 || buf_add(&copy, "", 1) < 0)
        result = fail(fault, 0, "no memory to check it");
    else if (check_structure(copy.data, len, fault) < 0 || check_tokens(copy.data, len, fault) < 0)
        result = -1;
    else
        result = 0;
    buf_deinit(&copy);
    return result;
}

int json_add_string(struct buf *out, const char *text, size_t len)
{
    struct json_object *string = json_object_new_string_len(text, (int)len);
    const char *json = NULL;
    int result = -1;

    if (string != NULL)
        json = json_object_to_json_string_ext(string, JSON_C_TO_STRING_PLAIN |
                                                          JSON_C_TO_STRING_NOSLASHESCAPE);
    if (json != NULL)
        result = buf_adds(out, json);
    json_object_put(string);
    return result;
}

/* The member that is `path` in `value`; NULL for none. */
static struct json_object *find_member(struct json_object *value, const char *path)
{
    char key[256];

    for (;; path++) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof key || !json_object_is_type(value, json_type_object))
            return NULL;
        memcpy(key, path, len);
        key[len] = '\0';
        if (!json_object_object_get_ex(value, key, &value))
            return NULL;
        path += len;
        if (*path == '\0')
            return value;
    }
}

int json_get_string(struct buf *out, const char *text, size_t len, const char *path)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    int result = -1;

    if (tokener == NULL)
        return -1;
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len);
    struct json_object *found = find_member(value, path);
    if (json_object_is_type(found, json_type_string))
        result =
            buf_add(out, json_object_get_string(found), (size_t)json_object_get_string_len(found));
    json_object_put(value);
    json_tokener_free(tokener);
    return result;
}
