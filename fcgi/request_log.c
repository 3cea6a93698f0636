/* A request, in one line. */
#include "request_log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/buf.h"
#include "core/log.h"

/* Log lines are cut at 1,024 bytes: what comes last must not be lost to a long value. */
#define LINE_MAX_BYTES 1000

struct field {
    const char *name, *param;
    int max; /* bytes of the value that are told; 0: only whether there is one */
    bool is_quoted;
};

static const struct field FIELDS[] = {
    {"method", "REQUEST_METHOD", 20, false}, {"uri", "REQUEST_URI", 400, true},
    {"server", "SERVER_SOFTWARE", 80, true}, {"protocol", "SERVER_PROTOCOL", 20, false},
    {"user", "REMOTE_USER", 80, false},      {"authorization", "HTTP_AUTHORIZATION", 0, false},
    {"cookie", "HTTP_COOKIE", 0, false},     {"cursor", "HTTP_LAST_EVENT_ID", 80, true},
};

/* What would end it, or could pass for the next field, is written as `?`: most values are the
 * client's. */
static void add_value(struct buf *line, const struct field *field, const char *value)
{
    size_t len = strnlen(value, (size_t)field->max);

    for (size_t i = 0; i < len; i++) {
        bool ends = value[i] == '"' || (value[i] == ' ' && !field->is_quoted);
        buf_add(line, ends ? "?" : value + i, 1);
    }
}

static void add_field(struct buf *line, const struct field *field, const char *value)
{
    const char *quote = field->is_quoted ? "\"" : "";

    if (field->max == 0) {
        buf_addf(line, " %s=%s", field->name, *value != '\0' ? "yes" : "no");
    } else if (*value != '\0') {
        buf_addf(line, " %s=%s", field->name, quote);
        add_value(line, field, value);
        buf_adds(line, quote);
    }
}

void request_log(uint64_t stream, const struct params *params)
{
    struct buf line;

    if (!log_is_written(LOG_DEBUG))
        return;
    buf_init(&line, LINE_MAX_BYTES);
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++)
        add_field(&line, &FIELDS[i], params_get(params, FIELDS[i].param));
    log_event(LOG_DEBUG, "request", "stream=%" PRIu64 "%.*s", stream, (int)line.len,
              line.data != NULL ? line.data : "");
    buf_deinit(&line);
}
