/* What one client got over all of its connections. */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

/* The text of a string member of flat JSON, not unescaped; NULL if there is none. */
static const char *member(const char *json, const char *name, size_t *length)
{
    char key[32];
    const char *at;

    snprintf(key, sizeof key, "\"%s\":", name);
    at = strstr(json, key);
    if (at == NULL)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    if (*at != '"')
        return NULL;
    *length = strcspn(at + 1, "\"");
    return at + 1;
}

/* JSON may write / as \/: our names have no other escapes. */
static void unescape_slashes(char *json)
{
    char *to = json;

    for (const char *from = json; *from != '\0'; from++)
        if (from[0] != '\\' || from[1] != '/')
            *to++ = *from;
    *to = '\0';
}

static void take_reset(struct record *record, struct id id, const char *data)
{
    struct reset *resets =
        realloc(record->resets, (record->reset_count + 1) * sizeof *record->resets);
    struct reset *reset;
    const char *requested;
    size_t length;

    if (resets == NULL)
        return;
    record->resets = resets;
    reset = &resets[record->reset_count++];
    *reset = (struct reset){.id = id, .requested = record->cursor, .data = strdup(data)};
    if (reset->data == NULL)
        return;
    unescape_slashes(reset->data);
    requested = member(reset->data, "requested", &length);
    if (requested == NULL || !id_parse(requested, length, &reset->requested) ||
        strstr(reset->data, "\"channels\":[") == NULL)
        record->bad_resets++;
}

static void note_wrong(struct record *record, struct id id)
{
    if (record->repeated + record->disordered + record->backwards > 0)
        return;
    record->wrong = id;
    record->wrong_after = record->cursor;
}

static void take_event(struct record *record, struct id id)
{
    if (!record->has_cursor || id_compare(id, record->cursor) > 0) {
        if (id_list_add(&record->events, id) < 0)
            abort(); /* forgetting would look like losing */
        record->cursor = id;
        return;
    }
    note_wrong(record, id);
    if (id_list_has(&record->events, id))
        record->repeated++;
    else
        record->disordered++;
}

void record_take(struct record *record, const struct sse_frame *frame, const char *data)
{
    if (frame->kind == SSE_RESET)
        take_reset(record, frame->id, data);
    if (frame->kind == SSE_EVENT || frame->kind == SSE_END) {
        take_event(record, frame->id);
    } else if (record->has_cursor && id_compare(frame->id, record->cursor) < 0) {
        note_wrong(record, frame->id);
        record->backwards++;
    } else {
        record->cursor = frame->id;
    }
    if (!record->has_cursor)
        record->first = frame->id;
    record->has_cursor = true;
}

/* Whether the list of channels in a stream-reset's data has one that covers `channel`. */
static bool names(const char *data, const char *channel)
{
    const char *at = data != NULL ? strstr(data, "\"channels\":[") : NULL;

    if (at == NULL)
        return false;
    for (at += strlen("\"channels\":["); *at != ']' && *at != '\0';) {
        size_t length = strcspn(at + 1, "\"");
        if (target_name_matches(at + 1, length, channel))
            return true;
        at += 1 + length;
        at += strcspn(at, ",]");
        at += strspn(at, ", ");
    }
    return false;
}

bool record_is_excused(const struct record *record, struct id id, const char *channel)
{
    for (size_t i = 0; i < record->reset_count; i++) {
        const struct reset *reset = &record->resets[i];
        if (id_compare(id, reset->requested) > 0 && id_compare(id, reset->id) <= 0 &&
            names(reset->data, channel))
            return true;
    }
    return false;
}

void record_deinit(struct record *record)
{
    for (size_t i = 0; i < record->reset_count; i++)
        free(record->resets[i].data);
    free(record->resets);
    id_list_deinit(&record->events);
}
