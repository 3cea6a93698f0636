/* The parser of event streams: bytes to lines, lines to fields, fields to events.
 *
 * Text is decoded line by line. That is the same as decoding the stream, since no sequence of
 * UTF-8, whole or broken, goes on behind a line end. */
#include "core/sse_parse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/utf8.h"

#define BOM     "\xEF\xBB\xBF"
#define BOM_LEN 3

/* U+FFFD has three bytes, and stands for one at least. */
#define REPAIRED_MAX(len) (3 * (len))

struct sse_parse {
    const struct sse_parse_handlers *handlers;
    void *context;
    size_t line_max;
    size_t data_max;

    size_t bom_len;   /* bytes of a BOM that have come; BOM_LEN + 1 when none is looked for */
    bool is_after_cr; /* an LF belongs to the line end that was */
    bool is_skipping; /* the rest of a line that is too long, or of a comment */
    struct buf line;  /* a line whose end has not come */
    struct buf text;  /* a line that had to be repaired */

    /* The block that is being read, and what stays behind it. */
    bool is_too_large;
    struct buf data; /* an LF behind each line */
    struct buf type;
    struct buf id; /* of the block, or of one before it */
    struct buf last_id;
};

struct sse_parse *sse_parse_new(size_t line_max, size_t data_max,
                                const struct sse_parse_handlers *handlers, void *context)
{
    struct sse_parse *parse = calloc(1, sizeof *parse);

    if (parse == NULL)
        return NULL;
    parse->handlers = handlers;
    parse->context = context;
    parse->line_max = line_max;
    parse->data_max = data_max;
    buf_init(&parse->line, line_max);
    buf_init(&parse->text, REPAIRED_MAX(line_max));
    buf_init(&parse->data, data_max + 2); /* the last line's LF, and a NUL */
    buf_init(&parse->type, REPAIRED_MAX(line_max) + 1);
    buf_init(&parse->id, REPAIRED_MAX(line_max) + 1);
    buf_init(&parse->last_id, REPAIRED_MAX(line_max) + 1);
    return parse;
}

void sse_parse_free(struct sse_parse *parse)
{
    if (parse == NULL)
        return;
    buf_deinit(&parse->line);
    buf_deinit(&parse->text);
    buf_deinit(&parse->data);
    buf_deinit(&parse->type);
    buf_deinit(&parse->id);
    buf_deinit(&parse->last_id);
    free(parse);
}

/* Replaces the content, with a NUL behind it. */
static int set(struct buf *buf, const char *text, size_t len)
{
    buf_clear(buf);
    if (buf_add(buf, text, len) < 0 || buf_add(buf, "", 1) < 0) {
        buf_clear(buf);
        return -1;
    }
    buf->len--;
    return 0;
}

static void clear_block(struct sse_parse *parse)
{
    buf_clear(&parse->data);
    buf_clear(&parse->type);
    parse->is_too_large = false;
}

void sse_parse_restart(struct sse_parse *parse)
{
    clear_block(parse);
    buf_clear(&parse->line);
    parse->bom_len = 0;
    parse->is_after_cr = parse->is_skipping = false;
    /* Cannot fail: the buffer has held this id, or has none to hold. */
    buf_clear(&parse->id);
    if (parse->last_id.len > 0)
        set(&parse->id, parse->last_id.data, parse->last_id.len);
}

const char *sse_parse_id(const struct sse_parse *parse)
{
    return parse->last_id.len > 0 ? parse->last_id.data : "";
}

int sse_parse_set_id(struct sse_parse *parse, const char *id)
{
    if (set(&parse->id, id, strlen(id)) < 0)
        return -1;
    return set(&parse->last_id, id, strlen(id));
}

/* --- a block ---------------------------------------------------------------------------------- */

static void fill(struct sse_parse *parse, struct sse_parsed *event)
{
    event->id = sse_parse_id(parse);
    event->id_len = parse->last_id.len;
    event->type = parse->type.len > 0 ? parse->type.data : "message";
    event->type_len = strlen("message");
    if (parse->type.len > 0)
        event->type_len = parse->type.len;
}

/* 9.2.6, "dispatch the event": the id is taken over whether there is data or not. */
static int dispatch(struct sse_parse *parse)
{
    struct sse_parsed event = {.type = ""};
    struct buf *data = &parse->data;
    int result = 0;

    if (set(&parse->last_id, parse->id.data ? parse->id.data : "", parse->id.len) < 0)
        return -1;
    if (parse->is_too_large) {
        event.id = sse_parse_id(parse);
        event.id_len = parse->last_id.len;
        result = parse->handlers->on_too_large(parse->context, &event);
    } else if (data->len > 0) {
        data->data[data->len - 1] = '\0'; /* the LF behind the last line */
        fill(parse, &event);
        event.data = data->data;
        event.data_len = data->len - 1;
        result = parse->handlers->on_event(parse->context, &event);
    }
    clear_block(parse);
    return result;
}

static int add_data(struct sse_parse *parse, const char *value, size_t len)
{
    if (parse->is_too_large)
        return 0;
    if (parse->data.len + len > parse->data_max) {
        parse->is_too_large = true;
        buf_deinit(&parse->data);
        return 0;
    }
    return buf_add(&parse->data, value, len) < 0 || buf_add(&parse->data, "\n", 1) < 0 ? -1 : 0;
}

static void set_retry(struct sse_parse *parse, const char *digits, size_t len)
{
    uint64_t ms = 0;

    if (len == 0)
        return;
    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return;
        ms = ms * 10 + (uint64_t)(digits[i] - '0');
        if (ms > UINT32_MAX)
            ms = UINT32_MAX;
    }
    parse->handlers->on_retry(parse->context, (uint32_t)ms);
}

/* 9.2.6, "process the field". */
static int take_field(struct sse_parse *parse, const char *name, size_t name_len, const char *value,
                      size_t len)
{
    if (name_len == 4 && memcmp(name, "data", 4) == 0)
        return add_data(parse, value, len);
    if (name_len == 5 && memcmp(name, "event", 5) == 0)
        return set(&parse->type, value, len);
    if (name_len == 2 && memcmp(name, "id", 2) == 0 && memchr(value, '\0', len) == NULL)
        return set(&parse->id, value, len);
    if (name_len == 5 && memcmp(name, "retry", 5) == 0)
        set_retry(parse, value, len);
    return 0;
}

/* --- a line ----------------------------------------------------------------------------------- */

/* The line as UTF-8, in `text` if it was none. NUL is a character like others here. */
static int decode(struct sse_parse *parse, const char **line, size_t *len)
{
    const char *from = *line, *end = *line + *len;

    buf_clear(&parse->text);
    while (from < end) {
        const char *nul = memchr(from, '\0', (size_t)(end - from));
        size_t part = (size_t)((nul != NULL ? nul : end) - from);
        if (nul == NULL && from == *line && utf8_valid_prefix(from, part) == part)
            return 0;
        if (utf8_repair(&parse->text, from, part) < 0 ||
            (nul != NULL && buf_add(&parse->text, "", 1) < 0))
            return -1;
        from += part + (nul != NULL);
    }
    if (*len > 0)
        *line = parse->text.data;
    *len = parse->text.len;
    return 0;
}

/* A line that is whole, without its end. */
static int take_line(struct sse_parse *parse, const char *line, size_t len)
{
    if (parse->is_skipping) {
        parse->is_skipping = false;
        return 0;
    }
    if (len == 0)
        return dispatch(parse);
    if (line[0] == ':')
        return 0;
    if (len > parse->line_max) {
        parse->is_too_large = true;
        return 0;
    }
    if (decode(parse, &line, &len) < 0)
        return -1;
    const char *colon = memchr(line, ':', len);
    if (colon == NULL)
        return take_field(parse, line, len, line + len, 0);
    const char *value = colon + 1, *end = line + len;
    if (value < end && *value == ' ')
        value++;
    return take_field(parse, line, (size_t)(colon - line), value, (size_t)(end - value));
}

/* Keeps the beginning of a line. What need not be read, or is too long for it, is not kept. */
static int keep(struct sse_parse *parse, const char *bytes, size_t len)
{
    if (len == 0 || parse->is_skipping)
        return 0;
    char first = parse->line.len > 0 ? parse->line.data[0] : bytes[0];
    if (first == ':') {
        parse->is_skipping = true;
    } else if (parse->line.len + len > parse->line_max) {
        parse->is_skipping = parse->is_too_large = true;
    } else {
        return buf_add(&parse->line, bytes, len);
    }
    buf_clear(&parse->line);
    return 0;
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* One BOM is dropped at the start of a stream (Encoding standard, "UTF-8 decode"). What only began
 * like one is text. Returns how many bytes it took; -1 without memory. */
static ptrdiff_t take_bom(struct sse_parse *parse, const char *bytes, size_t len)
{
    size_t at = 0;

    while (parse->bom_len < BOM_LEN && at < len && bytes[at] == BOM[parse->bom_len]) {
        parse->bom_len++;
        at++;
    }
    if (parse->bom_len < BOM_LEN && at == len)
        return (ptrdiff_t)at;
    size_t text_len = parse->bom_len < BOM_LEN ? parse->bom_len : 0;
    parse->bom_len = BOM_LEN + 1;
    return keep(parse, BOM, text_len) < 0 ? -1 : (ptrdiff_t)at;
}

static const char *find_line_end(const char *from, const char *end)
{
    while (from < end && *from != '\n' && *from != '\r')
        from++;
    return from < end ? from : NULL;
}

/* A line that ends in these bytes, of which there may be a part from before. */
static int end_line(struct sse_parse *parse, const char *bytes, size_t len)
{
    int result;

    if (parse->line.len == 0)
        return take_line(parse, bytes, len);
    if (keep(parse, bytes, len) < 0)
        return -1;
    result = take_line(parse, parse->line.data, parse->line.len);
    buf_clear(&parse->line);
    return result;
}

int sse_parse_feed(struct sse_parse *parse, const char *bytes, size_t len)
{
    const char *from = bytes, *end = bytes + len;
    int result = 0;

    if (parse->bom_len <= BOM_LEN) {
        ptrdiff_t taken = take_bom(parse, bytes, len);
        if (taken < 0)
            return -1;
        from += taken;
    }
    while (from < end && result == 0) {
        if (parse->is_after_cr && *from == '\n') {
            parse->is_after_cr = false;
            from++;
            continue;
        }
        const char *line_end = find_line_end(from, end);
        parse->is_after_cr = line_end != NULL && *line_end == '\r';
        if (line_end == NULL)
            return keep(parse, from, (size_t)(end - from));
        result = end_line(parse, from, (size_t)(line_end - from));
        from = line_end + 1;
    }
    return result;
}
