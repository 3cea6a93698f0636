/* Things that are to be looked at in the next turn of the loop, which does not sleep before. */
#ifndef SSE_NEXT_TURN_H
#define SSE_NEXT_TURN_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

/* Part of the thing. Zeroed: it waits for nothing. */
struct next_turn_entry {
    bool waits;
    TAILQ_ENTRY(next_turn_entry) next;
};

/* It may put entries, also its own, and take others away. */
typedef void next_turn_fn(struct next_turn_entry *entry);

struct next_turn {
    uv_idle_t idle; /* runs while entries wait */
    next_turn_fn *look;
    TAILQ_HEAD(next_turn_entries, next_turn_entry) entries;
};

void next_turn_init(struct next_turn *next_turn, uv_loop_t *loop, next_turn_fn *look);

/* Has `look` called once with the entry, in the next turn: never from within, and not twice in one
 * turn. Does nothing if it waits already. */
void next_turn_put(struct next_turn *next_turn, struct next_turn_entry *entry);

/* It does not wait any more. Does nothing if it did not. */
void next_turn_take(struct next_turn *next_turn, struct next_turn_entry *entry);

/* No entry may wait. The memory must stay until `on_closed` is called, with
 * &next_turn->idle, whose data is the caller's by then: the pointer given as `data`. */
void next_turn_close(struct next_turn *next_turn, uv_close_cb on_closed, void *data);

#endif
