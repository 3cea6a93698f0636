/* From parameters to a start. */
#include "start_query.h"

#include <stdio.h>
#include <string.h>

#include "core/number.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

#define UNIX_MAX 1e11 /* seconds: the year 5138; what is above was meant as milliseconds */

enum kind { CURSOR, SINCE, LAST };

static const struct {
    const char *name;
    enum kind kind;
} NAMES[] = {
    {"last_event_id", CURSOR}, {"lastEventID", CURSOR}, {"lastEventId", CURSOR},
    {"since", SINCE},          {"last", LAST},
};

#define NAME_COUNT (sizeof NAMES / sizeof *NAMES)

static size_t find(const char *name)
{
    size_t i = 0;

    while (i < NAME_COUNT && strcmp(NAMES[i].name, name) != 0)
        i++;
    return i;
}

bool start_query_knows(const char *name)
{
    return find(name) < NAME_COUNT;
}

static const char *take_cursor(struct start_query *query, const char *value)
{
    if (*value == '\0') /* a page that has no cursor yet */
        return NULL;
    if (event_id_parse(&query->cursor, value, strlen(value)) < 0)
        return "but must be the id of an event, such as 1795170075205-0";
    query->has_cursor = true;
    return NULL;
}

/* Milliseconds in the unit at the end of `text`, which is cut off there; 0 if there is none. */
static double cut_unit(char *text)
{
    static const char UNITS[] = "smhd";
    static const double MS[] = {1e3, 60e3, 3600e3, 86400e3};
    size_t len = strlen(text);
    const char *unit = len > 0 ? strchr(UNITS, text[len - 1]) : NULL;

    if (unit == NULL)
        return 0;
    text[len - 1] = '\0';
    return MS[unit - UNITS];
}

/* A time as it is asked for -> Unix time in ms. */
static int parse_time(uint64_t *ms, const char *value, uint64_t now_ms)
{
    char number[32];
    double amount;

    if (snprintf(number, sizeof number, "%s", value) >= (int)sizeof number)
        return -1;
    double unit_ms = cut_unit(number);
    if (number_parse_decimal(number, 0, UNIX_MAX, &amount) < 0)
        return -1;
    if (unit_ms == 0) {
        *ms = (uint64_t)(amount * 1000 + 0.5);
        return 0;
    }
    double ago_ms = amount * unit_ms;
    *ms = ago_ms < (double)now_ms ? now_ms - (uint64_t)ago_ms : 0;
    return 0;
}

static const char *take_since(struct start_query *query, const char *value, uint64_t now_ms)
{
    struct event_id since = {0};

    if (strcmp(value, "all") != 0 && event_id_parse(&since, value, strlen(value)) < 0 &&
        parse_time(&since.ms, value, now_ms) < 0)
        return "but must be all, a time ago (30s, 10m, 2h, 7d), Unix time in seconds, or the id of "
               "an event such as 1795170075205-0";
    query->since = since;
    query->has_since = true;
    return NULL;
}

static const char *take_last(struct start_query *query, const char *value)
{
    uint64_t last;

    if (number_parse_whole(value, 0, START_LAST_MAX, &last) < 0)
        return "but must be a whole number from 0 to " TEXT(START_LAST_MAX);
    query->last = (uint32_t)last;
    query->has_last = true;
    return NULL;
}

const char *start_query_take(struct start_query *query, const char *name, const char *value,
                             uint64_t now_ms)
{
    switch (NAMES[find(name)].kind) {
    case CURSOR:
        return take_cursor(query, value);
    case SINCE:
        return take_since(query, value, now_ms);
    case LAST:
        break;
    }
    return take_last(query, value);
}

struct start start_query_result(const struct start_query *query, const char *last_event_id)
{
    struct start start = {.kind = START_AFTER};

    if (*last_event_id != '\0') {
        event_id_parse(&start.after, last_event_id, strlen(last_event_id)); /* else it stays 0-0 */
    } else if (query->has_cursor) {
        start.after = query->cursor;
    } else if (query->has_since) {
        start = (struct start){.kind = START_SINCE, .after = query->since};
    } else {
        start = (struct start){.kind = START_LAST, .count = query->has_last ? query->last : 1};
    }
    return start;
}
