/* Ids of events. */
#include "core/event_id.h"

#include <inttypes.h>
#include <stdio.h>

/* Digits at *at, which moves behind them. No sign, no space, no empty number. */
static int parse_number(uint64_t *out, const char **at, const char *end)
{
    const char *start = *at;
    uint64_t value = 0;

    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return -1;
        value = value * 10 + digit;
    }
    *out = value;
    return *at > start ? 0 : -1;
}

int event_id_parse(struct event_id *id, const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    struct event_id parsed;

    if (parse_number(&parsed.ms, &at, end) < 0 || at == end || *at++ != '-' ||
        parse_number(&parsed.seq, &at, end) < 0 || at != end)
        return -1;
    *id = parsed;
    return 0;
}

size_t event_id_format(char text[EVENT_ID_TEXT_MAX], struct event_id id)
{
    return (size_t)snprintf(text, EVENT_ID_TEXT_MAX, "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
}

int event_id_compare(struct event_id a, struct event_id b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return (a.seq > b.seq) - (a.seq < b.seq);
}

struct event_id event_id_newer(struct event_id a, struct event_id b)
{
    return event_id_compare(a, b) > 0 ? a : b;
}

bool event_id_is_none(struct event_id id)
{
    return id.ms == 0 && id.seq == 0;
}

struct event_id event_id_before(struct event_id id)
{
    if (id.seq > 0)
        return (struct event_id){.ms = id.ms, .seq = id.seq - 1};
    return (struct event_id){.ms = id.ms - 1, .seq = UINT64_MAX};
}

uint64_t event_id_between(struct event_id a, struct event_id b)
{
    bool is_counted = a.seq < b.seq && b.seq < UINT64_MAX;

    return is_counted && event_id_compare(a, b) < 0 ? b.seq - a.seq : 0;
}
