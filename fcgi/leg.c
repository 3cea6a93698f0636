/* Pages of one channel's log. */
#include "leg.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_COUNT  32           /* events on a first page: enough for who was away for a moment */
#define FIRST_COUNTS 64           /* on the first pages of a replay's legs, together */
#define COUNT_MAX    500          /* on a later page */
#define PAGES_BYTES  (256 * 1024) /* that a replay's pages are to have, about, together */

struct leg *leg_new(const char *channel, const struct start *start, struct event_id upto,
                    log_page_fn *on_page, void *owner)
{
    struct leg *leg = calloc(1, sizeof *leg + strlen(channel) + 1);

    if (leg == NULL)
        return NULL;
    strcpy(leg->channel, channel);
    leg->owner = owner;
    leg->state = LEG_EMPTY;
    leg->kind = start->kind;
    leg->at = leg->heard = start->after;
    leg->upto = upto;
    leg->wanted = start->kind == START_LAST ? start->count : FIRST_COUNT;
    leg->newest = leg->wanted + 1; /* `end` does not count, and is mostly the newest */
    leg->wait = (struct log_wait){.on_page = on_page, .context = leg};
    return leg;
}

void leg_share(struct leg *leg, size_t legs)
{
    size_t first = FIRST_COUNTS / legs;

    leg->page_bytes = PAGES_BYTES / legs;
    if (leg->kind != START_LAST && first < leg->wanted)
        leg->wanted = first > 0 ? (uint32_t)first : 1;
}

void leg_free(struct leg *leg)
{
    if (leg == NULL)
        return;
    log_reads_leave(&leg->wait);
    page_unref(leg->page);
    free(leg);
}

void leg_load(struct leg *leg, struct history *history, struct log_reads *reads)
{
    const struct chain *chain = history_find(history, leg->channel);
    const struct log_read read = {.channel = leg->channel,
                                  .after = leg->at,
                                  .upto = leg->upto,
                                  .count = leg->kind == START_LAST ? leg->newest : leg->wanted,
                                  .is_newest = leg->kind == START_LAST};
    struct page *page = NULL;

    page_unref(leg->page);
    leg->page = NULL;
    if (chain != NULL && leg->kind == START_LAST)
        page = history_newest(chain, leg->upto, leg->wanted);
    else if (chain != NULL)
        page = history_page(chain, leg->at, leg->upto, leg->wanted);
    if (page != NULL) {
        leg_take(leg, page);
        page_unref(page);
    } else {
        leg->state = log_reads_ask(reads, &leg->wait, &read) < 0 ? LEG_FAILED : LEG_LOADING;
    }
}

/* The stream should have everything up to `id`, which is an event of the channel: it comes after a
 * reset if it has not. */
static void expect(struct leg *leg, struct event_id id)
{
    /* What a start by time does not find was never asked for. */
    bool is_told = leg->is_begun || leg->kind == START_AFTER;

    leg->is_reset =
        is_told && event_id_compare(id, leg->heard) > 0 && event_id_compare(id, leg->swept) > 0;
    /* What is gone may be older than the cursor, but that never moves back. */
    leg->reset = event_id_newer(id, leg->at);
}

/* Sets what comes next: the event at the index, a reset before it or behind the last one, the next
 * page, nothing. */
static void set_head(struct leg *leg)
{
    leg->is_reset = false;
    leg->state = LEG_HEAD;
    if (leg->index < leg->page->count) {
        expect(leg, leg->page->events[leg->index]->event.prev);
    } else if (!leg->page->is_whole) {
        leg->state = LEG_EMPTY;
        leg->at = event_id_newer(leg->at, leg->page->end);
    } else {
        expect(leg, leg->upto);
        if (!leg->is_reset)
            leg->state = LEG_DONE;
    }
}

/* Later pages get as many events as make about the bytes that a page is to have. */
static void tune(struct leg *leg)
{
    size_t bytes = 1;

    if (leg->page->count == 0)
        return;
    for (size_t i = 0; i < leg->page->count; i++)
        bytes += leg->page->events[i]->event.data_len;
    size_t count = leg->page_bytes * leg->page->count / bytes;
    leg->wanted = count < 1 ? 1 : count > COUNT_MAX ? COUNT_MAX : (uint32_t)count;
}

static void take_after(struct leg *leg)
{
    struct page *page = leg->page;

    /* A shared read may begin before our cursor. */
    while (leg->index < page->count &&
           event_id_compare(page->events[leg->index]->event.id, leg->at) <= 0)
        leg->index++;
    set_head(leg);
    tune(leg);
    /* Also when nothing of it was for us: the next page does not start with a clean slate. */
    leg->is_begun = leg->is_begun || leg->state == LEG_HEAD;
}

/* An `end` tells something only as the newest of all. */
static void skip_ends(struct leg *leg)
{
    while (leg->index + 1 < leg->page->count && event_is_end(&leg->page->events[leg->index]->event))
        leg->index++;
    leg->state = leg->index < leg->page->count ? LEG_HEAD : LEG_DONE;
}

/* The newest `wanted` ones, `end` not counted. */
static void take_newest(struct leg *leg)
{
    size_t found = 0, index = leg->page->count;

    while (index > 0 && found < leg->wanted)
        if (!event_is_end(&leg->page->events[--index]->event))
            found++;
    if (found < leg->wanted && !leg->page->is_whole) {
        leg->newest *= 2;
        leg->state = LEG_EMPTY;
        return;
    }
    leg->index = index;
    skip_ends(leg);
}

void leg_take(struct leg *leg, struct page *page)
{
    leg->state = LEG_FAILED;
    if (page == NULL)
        return;
    leg->page = page_ref(page);
    leg->index = 0;
    if (leg->kind == START_LAST)
        take_newest(leg);
    else
        take_after(leg);
}

void leg_advance(struct leg *leg)
{
    leg->at = leg->heard = leg_id(leg);
    if (!leg->is_reset)
        page_done(leg->page, leg->index++);
    if (leg->kind != START_LAST)
        set_head(leg);
    else
        skip_ends(leg);
}

struct event_id leg_id(const struct leg *leg)
{
    return leg->is_reset ? leg->reset : leg_event(leg)->event.id;
}

struct broadcast *leg_event(const struct leg *leg)
{
    return leg->index < leg->page->count ? leg->page->events[leg->index] : NULL;
}
