/* Event ids and a compact list of them. */
#include "ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads digits up to a byte that is none. Returns how many there were. */
static size_t parse_digits(const char *text, size_t length, uint64_t *number)
{
    size_t at = 0;

    for (*number = 0; at < length && text[at] >= '0' && text[at] <= '9'; at++)
        *number = *number * 10 + (uint64_t)(text[at] - '0');
    return at;
}

bool id_parse(const char *text, size_t length, struct id *id)
{
    size_t ms = parse_digits(text, length, &id->ms);

    if (ms == 0 || ms >= length || text[ms] != '-')
        return false;
    size_t seq = parse_digits(text + ms + 1, length - ms - 1, &id->seq);
    return seq > 0 && ms + 1 + seq == length;
}

int id_compare(struct id a, struct id b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return a.seq < b.seq ? -1 : a.seq > b.seq;
}

const char *id_format(struct id id, char *text)
{
    snprintf(text, ID_TEXT_SIZE, "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
    return text;
}

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static size_t put_varint(unsigned char *at, uint64_t value)
{
    size_t length = 0;

    for (; value >= 0x80; value >>= 7)
        at[length++] = (unsigned char)(value | 0x80);
    at[length++] = (unsigned char)value;
    return length;
}

static size_t get_varint(const unsigned char *at, uint64_t *value)
{
    size_t length = 0;

    *value = 0;
    do
        *value |= (uint64_t)(at[length] & 0x7f) << (7 * length);
    while (at[length++] & 0x80);
    return length;
}

int id_list_add(struct id_list *list, struct id id)
{
    if (list->length + 20 > list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        unsigned char *bytes = realloc(list->bytes, room);
        if (bytes == NULL)
            return -1;
        list->bytes = bytes;
        list->room = room;
    }
    list->length += put_varint(list->bytes + list->length, id.ms - list->last.ms);
    list->length += put_varint(list->bytes + list->length, id.seq);
    list->last = id;
    list->count++;
    return 0;
}

bool id_walk_next(struct id_walk *walk)
{
    uint64_t later;

    if (walk->at == walk->list->length)
        return false;
    walk->at += get_varint(walk->list->bytes + walk->at, &later);
    walk->at += get_varint(walk->list->bytes + walk->at, &walk->id.seq);
    walk->id.ms += later;
    return true;
}

bool id_list_has(const struct id_list *list, struct id id)
{
    struct id_walk walk = {.list = list};

    while (id_walk_next(&walk))
        if (id_compare(walk.id, id) == 0)
            return true;
    return false;
}

void id_list_deinit(struct id_list *list)
{
    free(list->bytes);
    *list = (struct id_list){0};
}
