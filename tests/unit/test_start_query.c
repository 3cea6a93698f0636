/* start_query: what a request says -> where its stream starts. */
#include "start_query.h"

#include <stdio.h>

#include "test.h"

#define NOW_MS 1795170075205u

/* Takes `name=value` and more with & between. Returns the first problem. */
static const char *take_all(struct start_query *query, const char *text)
{
    char copy[300], *rest = copy, *parameter;
    const char *problem = NULL;

    snprintf(copy, sizeof copy, "%s", text);
    while ((parameter = strsep(&rest, "&")) != NULL) {
        const char *name = strsep(&parameter, "=");
        if (!start_query_knows(name))
            continue;
        const char *found =
            start_query_take(query, name, parameter != NULL ? parameter : "", NOW_MS);
        if (problem == NULL)
            problem = found;
    }
    return problem;
}

/* "last N", "since ID" or "after ID". */
static const char *describe(struct start start)
{
    static const char *const KINDS[] = {"last", "since", "after"};
    static char text[64];
    char id[EVENT_ID_TEXT_MAX];

    event_id_format(id, start.after);
    if (start.kind == START_LAST)
        snprintf(text, sizeof text, "last %u", start.count);
    else
        snprintf(text, sizeof text, "%s %s", KINDS[start.kind], id);
    return text;
}

/* A row: `expected` is the start, or a part of what is said about a bad value. */
struct row {
    const char *header, *query, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct start_query query = {0};
        const char *problem = take_all(&query, rows[i].query);
        const char *start =
            describe(start_query_result(&query, rows[i].header ? rows[i].header : ""));
        if (problem != NULL ? strstr(problem, rows[i].expected) == NULL
                            : strcmp(start, rows[i].expected) != 0)
            fail_msg("%s: %s, %s", rows[i].query, start, problem ? problem : "no problem");
    }
}

static void places(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {NULL, "", "last 1"},
        {"", "", "last 1"},
        {NULL, "last=0", "last 0"},
        {NULL, "last=100", "last 100"},
        {NULL, "last=5&last=07", "last 7"},
        {"1795170075205-3", "", "after 1795170075205-3"},
        {"0-0", "", "after 0-0"},
        {"18446744073709551615-18446744073709551615", "",
         "after 18446744073709551615-18446744073709551615"},
        {NULL, "last_event_id=7-1", "after 7-1"},
        {NULL, "lastEventID=7-2", "after 7-2"},
        {NULL, "lastEventId=7-3", "after 7-3"},
        {NULL, "lastEventId=7-3", "after 7-3"},
        {NULL, "lasteventid=7-3", "last 1"},
        {"", "last_event_id=7-1", "after 7-1"},
        {NULL, "last_event_id=", "last 1"},
        {NULL, "last_event_id&last=4", "last 4"},
        {NULL, "last_event_id=7-1&last_event_id=", "after 7-1"},
        {NULL, "since=all", "since 0-0"},
        {NULL, "since=1795170075205-4", "since 1795170075205-4"},
        {NULL, "since=10s", "since 1795170065205-0"},
        {NULL, "since=1.5s", "since 1795170073705-0"},
        {NULL, "since=10m", "since 1795169475205-0"},
        {NULL, "since=2h", "since 1795162875205-0"},
        {NULL, "since=7d", "since 1794565275205-0"},
        {NULL, "since=0s", "since 1795170075205-0"},
        {NULL, "since=99999999999d", "since 0-0"},
        {NULL, "since=1795170000", "since 1795170000000-0"},
        {NULL, "since=1795170000.123", "since 1795170000123-0"},
        {NULL, "since=0", "since 0-0"},
        {NULL, "since=100000000000", "since 100000000000000-0"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

static void precedence(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {"9-9", "last_event_id=7-1&since=all&last=3", "after 9-9"},
        {NULL, "last=3&since=all&last_event_id=7-1", "after 7-1"},
        {NULL, "since=all&last=3", "since 0-0"},
        {NULL, "last=3&since=10-1", "since 10-1"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

static void foreign_header(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {"42", "", "after 0-0"},
        {"1795170075205-3 ", "since=all", "after 0-0"},
        {"1-2-3", "last=0", "after 0-0"},
        {"18446744073709551616-0", "", "after 0-0"},
        {"some text", "last_event_id=7-1", "after 0-0"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

static void bad_values(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {NULL, "last_event_id=42", "but must be the id of an event, such as 17"},
        {"9-9", "lastEventID=x", "must be the id"},
        {NULL, "since=", "must be all"},
        {NULL, "since", "must be all"},
        {NULL, "since=All", "(30s, 10m, 2h, 7d)"},
        {NULL, "since=10w", "must be all"},
        {NULL, "since=m", "must be all"},
        {NULL, "since=-5m", "must be all"},
        {NULL, "since=1e3", "Unix time in seconds"},
        {NULL, "since=5mm", "must be all"},
        {NULL, "since=1795170075205", "seconds"}, /* milliseconds */
        {NULL, "since=1.2.3", "must be all"},
        {NULL, "since=1111111111111111111111111111111111111s", "must be all"},
        {"9-9", "since=x", "must be all"},
        {NULL, "last=101", "a whole number from 0 to 100"},
        {NULL, "last=-1", "from 0 to 100"},
        {NULL, "last=", "from 0 to 100"},
        {NULL, "last=1.5", "a whole number"},
        {NULL, "last=all&since=all", "from 0 to 100"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

static void names(UNUSED void **state)
{
    static const char *const KNOWN[] = {"last_event_id", "lastEventID", "lastEventId", "since",
                                        "last"};
    static const char *const UNKNOWN[] = {"", "lasteventid", "Since", "las", "lastx", "channel"};

    for (size_t i = 0; i < COUNT(KNOWN); i++)
        assert_true(start_query_knows(KNOWN[i]));
    for (size_t i = 0; i < COUNT(UNKNOWN); i++)
        assert_false(start_query_knows(UNKNOWN[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("it knows its parameters", names),
        TEST("each way to say it", places),
        TEST("a cursor wins over since, since over last, the header over the query", precedence),
        TEST("a header that is no id of ours is a cursor below all", foreign_header),
        TEST("a bad value is told, whoever wins", bad_values),
    };

    return RUN_TESTS("start_query", tests);
}
