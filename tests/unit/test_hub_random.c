/* hub: the promise to each client, held against a Redis that answers when it likes and that is
 * trimmed, cut off, emptied and replaced. Random steps are taken on a model of it (redis_model.h);
 * what each client gets is compared with what it was promised (promise.h).
 *
 *   SSE_ROUNDS=20000  more rounds            SSE_ROUND=4711  this one only
 *   SSE_FIRST=401     from this one on       SSE_FAULTS=31  only these faults (enum fault)
 */
#include "core/log.h"
#include "hub_users.h"

#if defined(__SANITIZE_ADDRESS__)
#define ROUNDS 60
#else
#define ROUNDS 400
#endif
#define STEPS 700
/* --- what the hub is told --------------------------------------------------------------------- */

static void hub_reads_message(const struct way *way)
{
    static char text[80000];
    char id[EVENT_ID_TEXT_MAX], prev[EVENT_ID_TEXT_MAX], epoch[EVENT_ID_TEXT_MAX];
    const struct published *event = &r.events[way->event];
    const char *channel = CHANNELS[way->channel];

    if (way->kind == PLAIN) {
        snprintf(text, sizeof text, "!%d", way->event);
    } else {
        event_id_format(id, event->id);
        event_id_format(prev, event->prev);
        event_id_format(epoch, event->epoch);
        snprintf(text, sizeof text,
                 "{\"id\":\"%s\",\"prev\":\"%s\",\"epoch\":\"%s\"%s,\"data\":\"%s\"}", id, prev,
                 epoch, event->is_end ? ",\"event\":\"end\"" : "",
                 data_of(way->event, event->padding));
        if (event_id_compare(event->epoch, r.epochs[hub_era]) != 0)
            drain();
    }
    HUB(hub_message(t.hub, way->topic, channel, text, strlen(text)));
}

static void hub_hears(void)
{
    const struct way *way = way_take(&r.from_subscriber);

    if (way == NULL)
        return;
    if (way->kind == SUBSCRIBE)
        HUB(hub_subscribed(t.hub, way->topic));
    else if (way->kind == UNSUBSCRIBE)
        HUB(hub_unsubscribed(t.hub, way->topic));
    else if (way->kind != CONTROL)
        hub_reads_message(way);
    for (size_t i = 0; i < CHANNEL_COUNT && way->kind == CONTROL; i++)
        if (t.looks_at & (1u << i))
            HUB(hub_verify(t.hub, CHANNELS[i], t.looked_at[i]));
    t.is_looking = t.is_looking && way->kind != CONTROL;
}

static void hub_gets_start(const struct way *answer)
{
    struct known_channel known[3 * CHANNEL_COUNT];
    struct start_answer start = {.epoch = answer->epoch,
                                 .swept = answer->swept,
                                 .horizon = answer->newest,
                                 .channels = known};

    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        for (int is_exact = 0; is_exact < 2; is_exact++)
            if (((is_exact ? answer->exact : answer->means) & (1u << i)) &&
                !event_id_is_none(answer->last[i]))
                known[start.channel_count++] = (struct known_channel){
                    CHANNELS[i], answer->last[i], is_exact ? (int)answer->is_ended[i] : -1};
    if (answer->era != hub_era)
        drain();
    hub_era = answer->era;
    t.is_starting = false;
    HUB(hub_started(t.hub, &start));
}

static struct page *page_of(const struct way *answer)
{
    const struct log_read *read = &answer->read;
    struct page *page = page_new(answer->count);

    page->is_whole = answer->count < read->count;
    if (answer->count > 0 && !read->is_newest)
        page->end = answer->entries[answer->count - 1].id;
    for (size_t i = 0; i < answer->count; i++) {
        const struct entry *entry = &answer->entries[read->is_newest ? answer->count - 1 - i : i];
        if (entry->event < 0)
            continue;
        const struct published *event = &r.events[entry->event];
        char prev[EVENT_ID_TEXT_MAX];
        const char *why, *data = data_of(entry->event, event->padding);
        const struct event_field fields[] = {{"prev", prev, 4, event_id_format(prev, event->prev)},
                                             {"data", data, 4, strlen(data)},
                                             {"event", "end", 5, 3}};
        struct broadcast *made =
            broadcast_new_entry(CHANNELS[answer->channel], event->id, fields, event->is_end ? 3 : 2,
                                t.config.event_max, &why);
        page_add(page, made);
        broadcast_unref(made);
    }
    return page;
}

static void hub_gets_answer(void)
{
    const struct way *answer = way_take(&r.from_reader);

    if (answer == NULL)
        return;
    if (answer->kind == START) {
        hub_gets_start(answer);
    } else if (answer->kind == READ) {
        struct page *page = (t.faults & MEMORY) && roll(100) == 0 ? NULL : page_of(answer);
        HUB(hub_page(t.hub, answer->pending, page));
        page_unref(page);
    } else {
        memcpy(t.looked_at, answer->last, sizeof t.looked_at);
        way_add(&r.to_subscriber, CONTROL)->topic = NULL;
    }
}

static void look(void)
{
    const char *names[CHANNEL_COUNT];

    if (t.is_looking || !r.is_connected)
        return;
    size_t count = hub_sample(t.hub, names, CHANNEL_COUNT);
    t.looks_at = 0;
    for (size_t i = 0; i < count; i++)
        t.looks_at |= channels_of(names[i]);
    t.is_looking = true;
    way_add(&r.to_reader, NEWEST);
}

static void connect_or_cut(void)
{
    r.is_connected = !r.is_connected;
    if (r.is_connected) {
        HUB(hub_connected(t.hub));
        return;
    }
    redis_forget_connections();
    t.is_looking = t.is_starting = false;
    HUB(hub_disconnected(t.hub));
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    return getenv(name) != NULL ? strtoull(getenv(name), NULL, 10) : otherwise;
}

/* --- a round ---------------------------------------------------------------------------------- */

static void publish(void)
{
    struct published event = {.channel = roll(CHANNEL_COUNT)};

    if ((t.faults & FOREIGN) && roll(20) == 0) {
        send_live(event.channel, PLAIN, r.plain_count++);
        return;
    }
    event.is_end = (t.faults & ENDS) && roll(6) == 0;
    event.is_refused = !event.is_end && roll(100) == 0;
    event.padding = t.faults & SLOW ? roll(60000) : roll(20);
    if (event.is_refused)
        event.padding = t.config.event_max;
    bool is_unheard = (t.faults & UNHEARD) && t.unheard < unheard_max && roll(30) == 0;
    t.unheard += is_unheard;
    redis_publish_event(event, is_unheard);
}

static void befall(void)
{
    static const unsigned KINDS[] = {TRIM, CUT, EMPTY, REPLACE, REPLACE, FOREIGN};
    unsigned kind = KINDS[roll(COUNT(KINDS))] & t.faults;

    if (kind == TRIM) {
        redis_expire();
    } else if (kind == CUT) {
        if (r.is_connected)
            connect_or_cut();
    } else if (kind == EMPTY && roll(3) == 0) {
        redis_flush();
    } else if (kind == REPLACE && (!r.has_copy || roll(2))) {
        redis_copy();
    } else if (kind == REPLACE) {
        if (r.is_connected)
            connect_or_cut();
        drain();
        for (size_t i = 0; i < CLIENTS; i++)
            promise_excuse(&t.users[i].promise);
        redis_replace();
    } else if (kind == FOREIGN) {
        redis_foreign_entry();
    }
}

static void step(void)
{
    uint32_t n = roll(1000);

    if (n < 60)
        some_user();
    else if (n < 200)
        publish();
    else if (n < 360)
        redis_reads_subscriber();
    else if (n < 500)
        redis_reads_reader();
    else if (n < 680)
        hub_hears();
    else if (n < 820)
        hub_gets_answer();
    else if (n < 900)
        some_user_reads();
    else if (n < 940)
        turn();
    else if (n < 950)
        look();
    else if (n < 970)
        befall();
    else if (!r.is_connected)
        connect_or_cut();
}

static void settle(void)
{
    t.faults &= ~(unsigned)MEMORY;
    if (!r.is_connected)
        connect_or_cut();
    for (int i = 0; i < 3; i++) {
        do {
            while (!redis_is_idle()) {
                redis_reads_subscriber();
                redis_reads_reader();
                hub_hears();
                hub_gets_answer();
            }
            drain();
        } while (!redis_is_idle());
        look();
    }
    while (!redis_is_idle()) {
        redis_reads_subscriber();
        redis_reads_reader();
        hub_hears();
        hub_gets_answer();
        drain();
    }
}

/* Whether the newest event of all that it follows, as it is kept, is an end. */
static bool is_over(const struct user *user)
{
    if (strchr(user->promise.names, '*') != NULL)
        return false;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        const struct log *log = &r.keys.logs[i];
        if (!is_followed(&user->promise, i))
            continue;
        int newest = log->count > 0 ? log->entries[log->count - 1].event : -1;
        if (newest < 0 || !r.events[newest].is_end ||
            event_id_compare(r.events[newest].id, r.keys.last[i]) != 0)
            return false;
    }
    return true;
}

static void begin_round(uint64_t round)
{
    promise_round = round;
    memset(&t, 0, sizeof t);
    hub_era = 0;
    redis_reset(round);
    t.faults = FAULTS & roll(FAULTS + 1) & (roll(2) ? FAULTS : roll(FAULTS + 1));
    if (roll(8) != 0)
        t.faults &= ~(unsigned)SLOW;
    if (getenv("SSE_FAULTS") != NULL)
        t.faults &= (unsigned)strtoul(getenv("SSE_FAULTS"), NULL, 0);
    may_start_anew = t.faults & (TRIM | CUT | EMPTY | REPLACE | UNHEARD | MEMORY);
    may_miss_any = t.faults & MEMORY;
    may_miss = t.faults & (UNHEARD | MEMORY);
    must_find = number_from("SSE_STRICT", 0) && !(t.faults & (CUT | EMPTY | REPLACE | MEMORY));
    r.keep = t.faults & TRIM ? 1 + roll(roll(2) ? 6 : 60) : LOG_MAX;
    t.config = (struct config){.heartbeat_ms = 3600000,
                               .queue_max = t.faults & SLOW ? 100000
                                            : roll(2)       ? 600
                                                            : 1 << 20,
                               .event_max = t.faults & SLOW ? 65000 : 1000};
    loop_open(&t.loop);
    t.streams = streams_new(&t.loop.loop, &t.config, on_closed, on_drained, NULL);
    t.hub = hub_new(&t.config);
    assert_true(t.streams != NULL && t.hub != NULL);
    hub_set_hooks(t.hub, &(struct hub_hooks){.subscribe = on_subscribe,
                                             .unsubscribe = on_unsubscribe,
                                             .ask_start = on_ask,
                                             .read_log = on_read});
    for (size_t i = 0; i < CLIENTS; i++)
        t.users[i].frames.fd = -1;
}

static void end_round(void)
{
    streams_close_all(t.streams, "the test is over");
    hub_free(t.hub);
    streams_free(t.streams);
    loop_close(&t.loop);
    for (size_t i = 0; i < CLIENTS; i++)
        frames_deinit(&t.users[i].frames);
}

static void play(uint64_t round)
{
    begin_round(round);
    for (int i = 0; i < STEPS; i++)
        step();
    settle();
    for (size_t i = 0; i < CLIENTS; i++) {
        struct user *user = &t.users[i];
        if (user->stream != NULL && stream_is_open(user->stream)) {
            promise_settle(&user->promise);
            if (is_over(user))
                broken(&user->promise, "it is not ended");
        } else if (user->frames.fd >= 0) {
            promise_cut(&user->promise);
        }
    }
    end_round();
}

static void random_order(UNUSED void **state)
{
    unheard_max = number_from("SSE_UNHEARD", 1);
    uint64_t one = number_from("SSE_ROUND", 0), first = number_from("SSE_FIRST", 1);
    uint64_t rounds = number_from("SSE_ROUNDS", ROUNDS);

    if (one > 0) {
        play(one);
        return;
    }
    print_message("rounds %ju to %ju\n", (uintmax_t)first, (uintmax_t)(first + rounds - 1));
    for (uint64_t round = first; round < first + rounds; round++)
        play(round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("whatever happens, each client gets what it was promised", random_order),
    };

    log_init("test", getenv("SSE_ROUND") != NULL ? LOG_DEBUG : LOG_ERROR);
    return RUN_TESTS("hub_random", tests);
}
