/* Counting by ids. */
#include "missed.h"

void missed_from(struct missed *missed, struct event_id id)
{
    *missed = (struct missed){.upto = id};
}

void missed_resume(struct missed *missed, struct event_id cursor, struct event_id epoch)
{
    if (event_id_is_none(missed->upto) && (cursor.seq > 0 || event_id_compare(cursor, epoch) == 0))
        missed_from(missed, cursor);
}

void missed_pass(struct missed *missed, struct event_id id, bool is_sent)
{
    if (event_id_is_none(missed->upto) || event_id_compare(id, missed->upto) <= 0)
        return;
    uint64_t passed = event_id_between(missed->upto, id);
    missed->count += is_sent && passed > 0 ? passed - 1 : passed;
    missed->upto = id;
}

uint64_t missed_take(struct missed *missed, struct event_id id)
{
    missed_pass(missed, id, false);
    uint64_t count = missed->count;
    missed->count = 0;
    return count;
}
