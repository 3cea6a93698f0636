/* The forms of an event's text. */
#include "tail_print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/event_id.h"
#include "core/json.h"

#define DIM   "\033[2m"
#define CYAN  "\033[36m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static int add_json_field(struct buf *out, const char *key, const char *text, size_t len)
{
    if (buf_addf(out, "%s\"%s\":", strcmp(key, "id") == 0 ? "{" : ",", key) < 0)
        return -1;
    return len == 0 && strcmp(key, "data") != 0 ? buf_adds(out, "null")
                                                : json_add_string(out, text, len);
}

static int print_json(struct buf *out, const struct tail_event *event)
{
    if (add_json_field(out, "id", event->id, strlen(event->id)) < 0 ||
        add_json_field(out, "event", event->name, strlen(event->name)) < 0 ||
        add_json_field(out, "channel", event->channel, strlen(event->channel)) < 0 ||
        add_json_field(out, "data", event->data, event->data_len) < 0)
        return -1;
    return buf_adds(out, "}\n");
}

/* Length of a control character at `text` (C0, DEL, C1 as UTF-8), 0 if it is none. */
static size_t control_length(const unsigned char *text, size_t len)
{
    if (text[0] < 0x20 || text[0] == 0x7F)
        return text[0] == '\t' ? 0 : 1;
    return len > 1 && text[0] == 0xC2 && text[1] < 0xA0 ? 2 : 0;
}

int tail_print_visible(struct buf *out, const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    int result = 0;

    while (at < end && result == 0) {
        size_t control = control_length(at, (size_t)(end - at));
        if (control == 0)
            result = buf_add(out, at++, 1);
        else if (*at == '\n')
            result = buf_adds(out, "\n    ");
        else
            result = buf_addf(out, "\\x%02x", at[control - 1]);
        at += control;
    }
    return result;
}

static int add_coloured(struct buf *out, const char *colour, const char *text)
{
    if (*text == '\0')
        return 0;
    if (buf_adds(out, colour) < 0 || tail_print_visible(out, text, strlen(text)) < 0)
        return -1;
    return buf_adds(out, *colour != '\0' ? PLAIN "  " : "  ");
}

/* Ids of our Redis are times. */
static uint64_t time_of(const char *id, uint64_t now_ms)
{
    struct event_id parsed;

    if (event_id_parse(&parsed, id, strlen(id)) < 0 || parsed.ms < 1000000000000u)
        return now_ms;
    return parsed.ms;
}

static int print_for_person(struct buf *out, const struct tail_event *event, bool is_coloured,
                            uint64_t now_ms)
{
    time_t seconds = (time_t)(time_of(event->id, now_ms) / 1000);
    struct tm local;
    char clock[16] = "";

    if (localtime_r(&seconds, &local) != NULL)
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    if (add_coloured(out, is_coloured ? DIM : "", clock) < 0 ||
        add_coloured(out, is_coloured ? CYAN : "", event->channel) < 0 ||
        add_coloured(out, is_coloured ? BOLD : "", event->name) < 0 ||
        tail_print_visible(out, event->data, event->data_len) < 0)
        return -1;
    return buf_adds(out, "\n");
}

int tail_print(struct buf *out, const struct tail_event *event, enum tail_form form,
               uint64_t now_ms)
{
    if (form == TAIL_JSON)
        return print_json(out, event);
    if (form != TAIL_RAW)
        return print_for_person(out, event, form == TAIL_COLOURED, now_ms);
    return buf_add(out, event->data, event->data_len) < 0 ? -1 : buf_adds(out, "\n");
}
