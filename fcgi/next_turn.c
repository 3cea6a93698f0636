/* A list that is worked off by an idle handle: while one is active the loop does not sleep. */
#include "next_turn.h"

static void take(struct next_turn *next_turn, struct next_turn_entry *entry)
{
    entry->waits = false;
    TAILQ_REMOVE(&next_turn->entries, entry, next);
    if (TAILQ_EMPTY(&next_turn->entries))
        uv_idle_stop(&next_turn->idle);
}

static void on_idle(uv_idle_t *idle)
{
    struct next_turn *next_turn = idle->data;
    struct next_turn_entry *entry, end = {0};

    /* What is put meanwhile comes behind the end: one that is put again and again gets its turn,
     * and leaves the others theirs. */
    TAILQ_INSERT_TAIL(&next_turn->entries, &end, next);
    while ((entry = TAILQ_FIRST(&next_turn->entries)) != &end) {
        take(next_turn, entry);
        next_turn->look(entry);
    }
    take(next_turn, &end);
}

void next_turn_init(struct next_turn *next_turn, uv_loop_t *loop, next_turn_fn *look)
{
    uv_idle_init(loop, &next_turn->idle);
    next_turn->idle.data = next_turn;
    next_turn->look = look;
    TAILQ_INIT(&next_turn->entries);
}

void next_turn_put(struct next_turn *next_turn, struct next_turn_entry *entry)
{
    if (entry->waits)
        return;
    entry->waits = true;
    TAILQ_INSERT_TAIL(&next_turn->entries, entry, next);
    uv_idle_start(&next_turn->idle, on_idle);
}

void next_turn_take(struct next_turn *next_turn, struct next_turn_entry *entry)
{
    if (entry->waits)
        take(next_turn, entry);
}

void next_turn_close(struct next_turn *next_turn, uv_close_cb on_closed, void *data)
{
    next_turn->idle.data = data;
    uv_close((uv_handle_t *)&next_turn->idle, on_closed);
}
