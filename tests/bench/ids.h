/* Event ids, `<ms>-<seq>`, and a compact list of them. Written apart from fcgi/core/event_id, which
 * is under test. */
#ifndef BENCH_IDS_H
#define BENCH_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_TEXT_SIZE 42

/* 0-0 is below every event. */
struct id {
    uint64_t ms;
    uint64_t seq;
};

/* False if the text, of `length` bytes, is no id. */
bool id_parse(const char *text, size_t length, struct id *id);

/* Below, at or above 0 as `a` is older than, the same as or newer than `b`. */
int id_compare(struct id a, struct id b);

/* Writes at most ID_TEXT_SIZE bytes; returns `text`. */
const char *id_format(struct id id, char *text);

/* Rising ids, two or three bytes each. All zero is an empty list. */
struct id_list {
    unsigned char *bytes;
    size_t length, room;
    size_t count;
    struct id last;
};

/* Adds an id that is above `list->last`. Returns -1 without memory. */
int id_list_add(struct id_list *list, struct id id);
bool id_list_has(const struct id_list *list, struct id id);
void id_list_deinit(struct id_list *list);

/* A walk through a list: `struct id_walk walk = {.list = list}; while (id_walk_next(&walk)) use
 * walk.id`. */
struct id_walk {
    const struct id_list *list;
    size_t at;
    struct id id;
};

bool id_walk_next(struct id_walk *walk);

#endif
