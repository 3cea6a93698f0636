/* The promise, checked against a file of acknowledged publishes. */
#include "checker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

#define FAULTS_PRINTED 5 /* clients whose first fault is told in full */

struct event {
    struct id id;
    uint32_t channel;
};

struct acknowledged {
    struct event *events; /* in id order */
    size_t count, room;
    char **channels;
    size_t channel_count;
};

/* ---- the list ---- */

static int add_channel(struct acknowledged *acknowledged, const char *name, uint32_t *index)
{
    char **channels;

    /* From the newest: a file usually goes on with the channel that it had. */
    for (size_t i = acknowledged->channel_count; i-- > 0;) {
        if (strcmp(acknowledged->channels[i], name) == 0) {
            *index = (uint32_t)i;
            return 0;
        }
    }
    channels =
        realloc(acknowledged->channels, (acknowledged->channel_count + 1) * sizeof *channels);
    if (channels == NULL)
        return -1;
    acknowledged->channels = channels;
    channels[acknowledged->channel_count] = strdup(name);
    if (channels[acknowledged->channel_count] == NULL)
        return -1;
    *index = (uint32_t)acknowledged->channel_count++;
    return 0;
}

static int add_event(struct acknowledged *acknowledged, const char *channel, struct id id)
{
    if (acknowledged->count == acknowledged->room) {
        size_t room = acknowledged->room ? acknowledged->room * 2 : 1024;
        struct event *events = realloc(acknowledged->events, room * sizeof *events);
        if (events == NULL)
            return -1;
        acknowledged->events = events;
        acknowledged->room = room;
    }
    struct event *event = &acknowledged->events[acknowledged->count++];
    event->id = id;
    return add_channel(acknowledged, channel, &event->channel);
}

static int by_id(const void *a, const void *b)
{
    return id_compare(((const struct event *)a)->id, ((const struct event *)b)->id);
}

static int read_lines(struct acknowledged *acknowledged, FILE *file, const char *path)
{
    char channel[256], text[ID_TEXT_SIZE];
    struct id id;
    int fields;

    while ((fields = fscanf(file, "%255s %41s", channel, text)) == 2) {
        if (!id_parse(text, strlen(text), &id)) {
            fprintf(stderr, "streams: %s: not an id: %s\n", path, text);
            return -1;
        }
        if (add_event(acknowledged, channel, id) < 0)
            return -1;
    }
    if (fields != EOF)
        fprintf(stderr, "streams: %s: a line is no `channel id`\n", path);
    return fields == EOF ? 0 : -1;
}

/* No two events of a prefix may have one id. */
static int check_unique(const struct acknowledged *acknowledged, const char *path)
{
    char text[ID_TEXT_SIZE];

    for (size_t i = 1; i < acknowledged->count; i++) {
        if (by_id(&acknowledged->events[i - 1], &acknowledged->events[i]) == 0) {
            fprintf(stderr, "streams: %s: %s is there twice\n", path,
                    id_format(acknowledged->events[i].id, text));
            return -1;
        }
    }
    return 0;
}

struct acknowledged *acknowledged_read(const char *path)
{
    struct acknowledged *acknowledged = calloc(1, sizeof *acknowledged);
    FILE *file = fopen(path, "r");
    int result = -1;

    if (file == NULL)
        fprintf(stderr, "streams: %s: %s\n", path, strerror(errno));
    else if (acknowledged != NULL)
        result = read_lines(acknowledged, file, path);
    if (file != NULL)
        fclose(file);
    if (result == 0 && acknowledged->count > 0) {
        qsort(acknowledged->events, acknowledged->count, sizeof *acknowledged->events, by_id);
        result = check_unique(acknowledged, path);
    }
    if (result == 0)
        return acknowledged;
    acknowledged_free(acknowledged);
    return NULL;
}

size_t acknowledged_count(const struct acknowledged *acknowledged)
{
    return acknowledged->count;
}

void acknowledged_free(struct acknowledged *acknowledged)
{
    if (acknowledged == NULL)
        return;
    for (size_t i = 0; i < acknowledged->channel_count; i++)
        free(acknowledged->channels[i]);
    free(acknowledged->channels);
    free(acknowledged->events);
    free(acknowledged);
}

/* ---- one client ---- */

/* Only what was published up to its cursor can be asked of a client that is not there. */
static bool is_behind_by_right(const struct client *client)
{
    return client->state == CLIENT_AWAY || client->state == CLIENT_DONE || client->is_stalled;
}

bool checker_has_newest(const struct acknowledged *acknowledged, const struct client *client)
{
    const struct record *record = &client->record;
    char target[TARGET_SIZE];

    if (is_behind_by_right(client) || client_target(client, target) < 0)
        return true;
    for (size_t i = acknowledged->count; i-- > 0;) {
        const struct event *event = &acknowledged->events[i];
        if (target_follows(target, acknowledged->channels[event->channel]))
            return record->has_cursor && id_compare(record->cursor, event->id) >= 0;
    }
    return record->has_cursor;
}

/* What a check goes through. */
struct check {
    const struct acknowledged *acknowledged;
    const struct client *client;
    const bool *follows; /* by channel */
    struct verdict found;
    struct id missing, foreign; /* the first of each */
};

static bool is_wanted(const struct check *check, const struct event *event)
{
    const struct record *record = &check->client->record;

    if (!check->follows[event->channel] || !record->has_cursor ||
        id_compare(event->id, record->first) <= 0)
        return false;
    return !is_behind_by_right(check->client) || id_compare(event->id, record->cursor) <= 0;
}

static void take_missing(struct check *check, const struct event *event)
{
    if (!is_wanted(check, event))
        return;
    check->found.wanted++;
    if (record_is_excused(&check->client->record, event->id,
                          check->acknowledged->channels[event->channel])) {
        check->found.excused++;
        return;
    }
    if (check->found.missing++ == 0)
        check->missing = event->id;
}

static void take_got(struct check *check, const struct event *event)
{
    check->found.wanted += is_wanted(check, event);
    if (!check->follows[event->channel] && check->found.foreign++ == 0)
        check->foreign = event->id;
}

/* Walks through what was acknowledged and what came, side by side. */
static void compare(struct check *check)
{
    struct id_walk walk = {.list = &check->client->record.events};
    const struct event *event = check->acknowledged->events;
    const struct event *end = event + check->acknowledged->count;

    while (id_walk_next(&walk)) {
        while (event < end && id_compare(event->id, walk.id) < 0)
            take_missing(check, event++);
        if (event < end && id_compare(event->id, walk.id) == 0)
            take_got(check, event++);
        else
            check->found.unacknowledged++;
    }
    while (event < end)
        take_missing(check, event++);
}

static void print_fault(const struct check *check, const char *target)
{
    const struct record *record = &check->client->record;
    char texts[6][ID_TEXT_SIZE];

    printf(
        "{\"event\":\"fault\",\"client\":%zu,\"target\":\"%s\",\"first\":\"%s\",\"cursor\":\"%s\","
        "\"got\":%zu,\"missing\":%zu,\"first_missing\":\"%s\",\"repeated\":%zu,"
        "\"disordered\":%zu,\"backwards\":%zu,\"wrong\":\"%s\",\"wrong_after\":\"%s\","
        "\"foreign\":%zu,\"first_foreign\":\"%s\",\"bad_resets\":%zu}\n",
        check->client->number, target, id_format(record->first, texts[0]),
        id_format(record->cursor, texts[1]), record->events.count, check->found.missing,
        id_format(check->missing, texts[2]), check->found.repeated, check->found.disordered,
        check->found.backwards, id_format(record->wrong, texts[3]),
        id_format(record->wrong_after, texts[4]), check->found.foreign,
        id_format(check->foreign, texts[5]), check->found.bad_resets);
}

static void add(struct verdict *sum, const struct verdict *found)
{
    sum->wanted += found->wanted;
    sum->missing += found->missing;
    sum->excused += found->excused;
    sum->repeated += found->repeated;
    sum->disordered += found->disordered;
    sum->backwards += found->backwards;
    sum->foreign += found->foreign;
    sum->unacknowledged += found->unacknowledged;
    sum->resets += found->resets;
    sum->bad_resets += found->bad_resets;
    sum->unopened += found->unopened;
    sum->unreset += found->unreset;
}

int checker_check(const struct acknowledged *acknowledged, const struct client *client,
                  struct verdict *verdict)
{
    const struct record *record = &client->record;
    bool *follows = calloc(acknowledged->channel_count + 1, sizeof *follows);
    struct check check = {.acknowledged = acknowledged, .client = client, .follows = follows};
    char target[TARGET_SIZE];

    if (follows == NULL || client_target(client, target) < 0)
        return -1;
    for (size_t i = 0; i < acknowledged->channel_count; i++)
        follows[i] = target_follows(target, acknowledged->channels[i]);
    check.found = (struct verdict){.repeated = record->repeated,
                                   .disordered = record->disordered,
                                   .backwards = record->backwards,
                                   .resets = record->reset_count,
                                   .bad_resets = record->bad_resets,
                                   .unopened = !record->has_cursor,
                                   .unreset = record->reset_count == 0};
    compare(&check);
    if (!verdict_is_good(&check.found, true) && verdict->clients++ < FAULTS_PRINTED)
        print_fault(&check, target);
    add(verdict, &check.found);
    free(follows);
    return 0;
}

void verdict_print(const struct verdict *verdict)
{
    printf("\"wanted\":%zu,\"missing\":%zu,\"excused\":%zu,\"repeated\":%zu,\"disordered\":%zu,"
           "\"backwards\":%zu,\"foreign\":%zu,\"unacknowledged\":%zu,\"resets\":%zu,"
           "\"bad_resets\":%zu,\"unopened\":%zu,\"unreset\":%zu,\"clients\":%zu",
           verdict->wanted, verdict->missing, verdict->excused, verdict->repeated,
           verdict->disordered, verdict->backwards, verdict->foreign, verdict->unacknowledged,
           verdict->resets, verdict->bad_resets, verdict->unopened, verdict->unreset,
           verdict->clients);
}

bool verdict_is_good(const struct verdict *verdict, bool resets_allowed)
{
    return verdict->missing + verdict->repeated + verdict->disordered + verdict->backwards +
                   verdict->foreign + verdict->bad_resets + verdict->unopened ==
               0 &&
           (resets_allowed || verdict->resets == 0);
}
