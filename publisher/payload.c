/* Data of events. */
#include "payload.h"

#include <string.h>

#include "core/json.h"
#include "core/utf8.h"

#define SHOWN_BEFORE 40 /* bytes of the line that are shown before a fault, at most */
#define SHOWN_MAX    72

/* Columns are characters, not bytes: continuation bytes do not count. */
static size_t columns(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

/* Shows the line with the fault, and a mark under it. Only for valid UTF-8. */
static void show_place(struct buf *why, const char *data, size_t len, size_t at)
{
    size_t line = at, line_end = at;

    while (line > 0 && data[line - 1] != '\n')
        line--;
    while (line_end < len && data[line_end] != '\n')
        line_end++;
    size_t start = at - line > SHOWN_BEFORE ? at - SHOWN_BEFORE : line;
    while (start < at && ((unsigned char)data[start] & 0xC0) == 0x80)
        start++;
    size_t end = line_end - start > SHOWN_MAX ? start + SHOWN_MAX : line_end;
    while (end > at && end < line_end && ((unsigned char)data[end] & 0xC0) == 0x80)
        end--;
    buf_adds(why, "\n  ");
    for (size_t i = start; i < end; i++)
        buf_add(why, (unsigned char)data[i] < 0x20 || data[i] == 0x7f ? " " : &data[i], 1);
    buf_addf(why, "\n  %*s^", (int)columns(data + start, at - start), "");
}

static int check_json(const char *data, size_t len, struct buf *why)
{
    struct json_fault fault;
    size_t line = 1, line_start = 0;

    if (json_check(data, len, &fault) == 0)
        return 0;
    for (size_t i = 0; i < fault.at && i < len; i++)
        if (data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    buf_adds(why, "not JSON: ");
    if (memchr(data, '\n', len) != NULL)
        buf_addf(why, "line %zu, ", line);
    buf_addf(why, "position %zu: %s", columns(data + line_start, fault.at - line_start) + 1,
             fault.what);
    show_place(why, data, len, fault.at);
    return -1;
}

int payload_check(const char *data, size_t len, bool is_text, struct buf *why)
{
    if (len > PAYLOAD_MAX) {
        buf_addf(why, "the data has %zu bytes: an event has at most %d", len, PAYLOAD_MAX);
        return -1;
    }
    size_t valid = utf8_valid_prefix(data, len);
    if (valid < len) {
        buf_addf(why, "byte %zu of the data is %s: data must be UTF-8 text", valid + 1,
                 data[valid] == '\0' ? "a NUL" : "not UTF-8");
        return -1;
    }
    return is_text ? 0 : check_json(data, len, why);
}
