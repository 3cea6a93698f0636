/* hub: the promise (each event above the horizon once, in order, none missing) held against a Redis
 * that answers when it likes. Redis, its two connections and the clients are a small model; random
 * steps are taken on it, and what each client got is compared with what was published. */
#include "hub_fixture.h"

#define STEPS    3000
#define ROUNDS   60
#define SENT_MAX (STEPS * 4)

/* What Redis has sent on the subscribed connection and the hub has not read yet. */
struct sent {
    enum { CONFIRMED, DROPPED, MESSAGE } kind;
    struct topic *topic;
    const char *channel;
    uint64_t ms;
};

/* A command of the hub that Redis has not read yet. */
struct command {
    bool subscribes;
    struct topic *topic;
    char name[32];
};

static struct model {
    uint64_t round, seed, clock;
    bool connected;
    struct command commands[SENT_MAX];
    size_t command_at, command_count;
    struct command subscribed[TOPICS]; /* as Redis has it */
    size_t subscribed_count;
    struct sent sent[SENT_MAX];
    size_t sent_at, sent_count;
    size_t asks;                /* that Redis has not read */
    uint64_t answers[SENT_MAX]; /* horizons on their way */
    size_t answer_at, answer_count;
    const char *published[SENT_MAX]; /* channel of event number i */
    struct {
        bool is_used;
        size_t names; /* index into NAMES */
    } follows[CLIENTS];
} m;

static const char *const CHANNELS[] = {"a", "b", "jobs/1", "jobs/2"};
static const char *const NAMES[] = {"a", "b",   "jobs/1",        "jobs/*",
                                    "*", "a,b", "jobs/*,jobs/1", "a,*"};

static uint32_t roll(uint32_t n)
{
    return next_random(&m.seed) % n;
}

static void command(bool subscribes, struct topic *topic)
{
    struct command *made = &m.commands[m.command_count++];

    assert_true(m.connected && m.command_count < SENT_MAX);
    *made = (struct command){.subscribes = subscribes, .topic = topic};
    strcpy(made->name, topic_name(topic));
    /* hiredis forgets the callback of a name that is subscribed to before its UNSUBSCRIBE is
     * answered; so nothing about this topic may be on its way. */
    for (size_t i = m.command_at; i + 1 < m.command_count; i++)
        assert_ptr_not_equal(m.commands[i].topic, topic);
    for (size_t i = m.sent_at; i < m.sent_count; i++)
        if (m.sent[i].kind != MESSAGE)
            assert_ptr_not_equal(m.sent[i].topic, topic);
}

static void model_subscribe(UNUSED void *context, struct topic *topic)
{
    command(true, topic);
}

static void model_unsubscribe(UNUSED void *context, struct topic *topic)
{
    command(false, topic);
}

static void model_ask(UNUSED void *context)
{
    assert_true(m.connected);
    m.asks++;
}

static void redis_sends(struct sent sent)
{
    assert_true(m.sent_count < SENT_MAX);
    m.sent[m.sent_count++] = sent;
}

static void redis_reads(void)
{
    struct command *next = &m.commands[m.command_at];

    if (m.command_at == m.command_count)
        return;
    m.command_at++;
    redis_sends(
        (struct sent){.kind = next->subscribes ? CONFIRMED : DROPPED, .topic = next->topic});
    if (next->subscribes) {
        m.subscribed[m.subscribed_count++] = *next;
        return;
    }
    for (size_t i = 0; i < m.subscribed_count; i++)
        if (m.subscribed[i].topic == next->topic)
            m.subscribed[i] = m.subscribed[--m.subscribed_count];
}

static void redis_answers(void)
{
    if (m.asks == 0)
        return;
    m.asks--;
    m.answers[m.answer_count++] = m.clock;
}

static void publish(void)
{
    const char *channel = CHANNELS[roll(COUNT(CHANNELS))];

    if (m.clock + 1 == SENT_MAX)
        return;
    m.published[++m.clock] = channel;
    for (size_t i = 0; i < m.subscribed_count && m.connected; i++)
        if (channel_match(m.subscribed[i].name, channel))
            redis_sends((struct sent){MESSAGE, m.subscribed[i].topic, channel, m.clock});
}

static void hub_reads(void)
{
    char text[200];

    if (m.sent_at == m.sent_count)
        return;
    struct sent *sent = &m.sent[m.sent_at++];
    if (sent->kind == CONFIRMED)
        hub_subscribed(f.hub, sent->topic);
    else if (sent->kind == DROPPED)
        hub_unsubscribed(f.hub, sent->topic);
    else {
        snprintf(text, sizeof text,
                 "{\"id\":\"%ju-0\",\"prev\":\"0-0\",\"epoch\":\"1-0\",\"data\":\"%s\"}",
                 (uintmax_t)sent->ms, sent->channel);
        hub_message(f.hub, sent->topic, sent->channel, text, strlen(text));
    }
}

static void hub_gets_answer(void)
{
    if (m.answer_at < m.answer_count)
        open_at(m.answers[m.answer_at++]);
}

static void connect_or_cut(void)
{
    m.connected = !m.connected;
    if (m.connected) {
        hub_connected(f.hub);
        return;
    }
    m.command_at = m.command_count = m.subscribed_count = m.sent_at = m.sent_count = 0;
    m.asks = m.answer_at = m.answer_count = 0;
    hub_disconnected(f.hub);
}

static bool follows(size_t client, const char *channel)
{
    char copy[100], *rest = copy, *name;
    bool result = false;

    strcpy(copy, NAMES[m.follows[client].names]);
    while ((name = strsep(&rest, ",")) != NULL)
        result = result || channel_match(name, channel);
    return result;
}

static uint64_t next_event(size_t client, uint64_t after)
{
    do
        after++;
    while (after <= m.clock && !follows(client, m.published[after]));
    return after;
}

/* Each stream-open begins anew behind its horizon; up to the next one nothing may be missing, and
 * at the end (`is_whole`) nothing is. */
static void check_client(size_t client, bool is_whole)
{
    struct peer *peer = &f.clients[client].peer;
    uint64_t position = 0;
    bool is_open = false;

    peer_told(peer);
    for (char *at = peer->told.data; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
        uint64_t id = strtoull(strchr(at, '@') + 1, NULL, 10);
        if (strncmp(at, "stream-open", 11) == 0) {
            if (id < position)
                fail_msg("round %ju: the horizon %ju is below %ju", (uintmax_t)m.round,
                         (uintmax_t)id, (uintmax_t)position);
            is_open = true;
        } else if (!is_open || id != next_event(client, position)) {
            fail_msg("round %ju: %s: %ju after %ju", (uintmax_t)m.round,
                     NAMES[m.follows[client].names], (uintmax_t)id, (uintmax_t)position);
        }
        position = id;
    }
    if (is_whole && (!is_open || next_event(client, position) <= m.clock))
        fail_msg("round %ju: %s: nothing after %ju", (uintmax_t)m.round,
                 NAMES[m.follows[client].names], (uintmax_t)position);
}

static void client_joins_or_leaves(void)
{
    size_t i = roll(8);

    if (f.clients[i].stream != NULL) {
        loop_turn(&f.loop);
        check_client(i, false);
        leave(&f.clients[i]);
        peer_close(&f.clients[i].peer);
        return;
    }
    size_t count = f.client_count;
    f.client_count = i;
    m.follows[i].names = roll(COUNT(NAMES));
    join(NAMES[m.follows[i].names], false);
    f.client_count = count;
}

static void step(void)
{
    uint32_t n = roll(100);

    if (n < 12)
        client_joins_or_leaves();
    else if (n < 35)
        publish();
    else if (n < 55)
        redis_reads();
    else if (n < 70)
        redis_answers();
    else if (n < 88)
        hub_reads();
    else if (n < 99)
        hub_gets_answer();
    else if (roll(5) == 0 || !m.connected)
        connect_or_cut();
}

static void settle_all(void)
{
    if (!m.connected)
        connect_or_cut();
    for (int i = 0; i < 10000; i++) {
        redis_reads();
        redis_answers();
        hub_reads();
        hub_gets_answer();
    }
    loop_turn(&f.loop);
}

static void play(uint64_t round)
{
    hub_set_up(NULL);
    m = (struct model){.round = round, .seed = round};
    hub_set_hooks(f.hub, &(struct hub_hooks){.subscribe = model_subscribe,
                                             .unsubscribe = model_unsubscribe,
                                             .ask_horizon = model_ask});
    f.client_count = 8;
    for (int i = 0; i < STEPS; i++)
        step();
    settle_all();
    for (size_t i = 0; i < 8; i++) {
        if (f.clients[i].stream != NULL)
            check_client(i, true);
        else
            f.clients[i].peer.fd = -1; /* closed already, or never opened */
    }
    hub_tear_down(NULL);
}

static void random_order(UNUSED void **state)
{
    for (uint64_t round = 1; round <= ROUNDS; round++)
        play(round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("whatever the order, each client gets what it must", random_order),
    };

    log_init("test", LOG_ERROR);
    return RUN_TESTS("hub_random", tests);
}
