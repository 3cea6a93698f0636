/* redis_link: coming and going of a connection to a real Redis. */
#include "redis_link.h"

#include "alloc.h"
#include "loop.h"
#include "redis_server.h"
#include "test.h"

static struct {
    struct test_loop loop;
    struct redis_server server;
    struct redis_url url;
    struct redis_link *link;
    int ups, downs;
    char why[300];
    struct buf replies; /* of all commands, with a space behind each */
    int data[1000];     /* what commands were sent with */
    int in_order;       /* replies whose data is the next of these */
} f;

static void on_up(UNUSED void *context)
{
    f.ups++;
}

static void on_down(UNUSED void *context, const char *why)
{
    f.downs++;
    f.link = NULL;
    snprintf(f.why, sizeof f.why, "%s", why);
}

static void on_reply(UNUSED void *context, void *data, redisReply *reply)
{
    char text[1000];

    redis_describe(text, sizeof text, reply);
    buf_addf(&f.replies, "%s ", text);
    if (data == &f.data[f.in_order])
        f.in_order++;
}

static const struct redis_link_hooks HOOKS = {NULL, on_up, on_down, on_reply};

static int set_up(UNUSED void **state)
{
    need_redis();
    memset(&f, 0, sizeof f);
    buf_init(&f.replies, SIZE_MAX);
    loop_open(&f.loop);
    redis_start(&f.server);
    f.url = (struct redis_url){.path = f.server.socket};
    return 0;
}

static int tear_down(UNUSED void **state)
{
    redis_link_close(f.link);
    loop_close(&f.loop);
    redis_remove(&f.server);
    buf_deinit(&f.replies);
    return 0;
}

static void open_link(void)
{
    char why[REDIS_LINK_WHY_MAX];

    f.link = redis_link_open(&f.loop.loop, &f.url, &HOOKS, why);
    assert_int_equal(f.ups + f.downs, 0); /* not from within */
    if (f.link == NULL) {                 /* failed at once */
        f.downs++;
        snprintf(f.why, sizeof f.why, "%s", why);
    }
}

static bool is_up_or_down(UNUSED void *context)
{
    return f.ups + f.downs > 0;
}

static void open_up(void)
{
    open_link();
    loop_wait(&f.loop, is_up_or_down, NULL);
    if (f.ups != 1 || f.downs != 0)
        fail_msg("down: %s", f.why);
}

static bool is_down(UNUSED void *context)
{
    return f.downs > 0;
}

static void assert_goes_down(const char *why)
{
    open_link();
    loop_wait(&f.loop, is_down, NULL);
    assert_int_equal(f.ups, 0);
    assert_int_equal(f.downs, 1);
    assert_has(f.why, why);
}

static void command(void *data, const char *a, const char *b)
{
    const char *argv[] = {a, b};
    const size_t argv_len[] = {strlen(a), b != NULL ? strlen(b) : 0};

    assert_int_equal(redis_link_send(f.link, data, b != NULL ? 2 : 1, argv, argv_len), 0);
}

static bool has_replied(void *text)
{
    return strstr(buf_text(&f.replies), text) != NULL;
}

static void answers_in_order(UNUSED void **state)
{
    open_up();
    for (int i = 0; i < 1000; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d", i);
        command(&f.data[i], "ECHO", number);
    }
    loop_wait(&f.loop, has_replied, " 999 ");
    assert_int_equal(f.in_order, 1000);
}

static void messages_of_a_subscription(UNUSED void **state)
{
    open_up();
    command(&f.data[0], "SUBSCRIBE", "here");
    command(&f.data[1], "PSUBSCRIBE", "there*");
    loop_wait(&f.loop, has_replied, "subscribe here 1 psubscribe there* 2 ");
    redis_do(&f.server, "PUBLISH here one");
    redis_do(&f.server, "PUBLISH there/2 two");
    redis_do(&f.server, "PUBLISH elsewhere three");
    loop_wait(&f.loop, has_replied, "message here one pmessage there* there/2 two ");
    command(&f.data[1], "PUNSUBSCRIBE", "there*");
    loop_wait(&f.loop, has_replied, "punsubscribe there* 1 ");
}

static void killed_server(UNUSED void **state)
{
    open_up();
    command(NULL, "DEBUG", "SLEEP 10"); /* unanswered, for good */
    redis_kill(&f.server);
    loop_wait(&f.loop, is_down, NULL);
    for (int i = 0; i < 20; i++)
        loop_turn(&f.loop);
    assert_int_equal(f.downs, 1);
    assert_int_equal(f.ups, 1);
}

static void client_killed_by_redis(UNUSED void **state)
{
    open_up();
    command(NULL, "SUBSCRIBE", "a");
    loop_wait(&f.loop, has_replied, "subscribe a 1 ");
    redis_do(&f.server, "CLIENT KILL TYPE pubsub");
    loop_wait(&f.loop, is_down, NULL);
    assert_int_equal(f.downs, 1);
}

static void nobody_on_tcp(UNUSED void **state)
{
    f.url = (struct redis_url){.host = (char[]){"127.0.0.1"}, .port = free_port()};
    assert_goes_down("refused");
}

static void nobody_on_the_path(UNUSED void **state)
{
    f.url.path = (char[]){"/nowhere/redis"};
    assert_goes_down("No such file");
}

static void stale_socket(UNUSED void **state)
{
    redis_kill(&f.server);
    assert_goes_down("refused");
}

static void by_name(UNUSED void **state)
{
    redis_kill(&f.server);
    f.server.port = free_port();
    redis_start(&f.server);
    f.url = (struct redis_url){.host = (char[]){"localhost"}, .port = f.server.port};
    open_up();
}

static void name_that_cannot_be(UNUSED void **state)
{
    char host[300];

    memset(host, 'x', sizeof host);
    host[sizeof host - 1] = '\0';
    f.url = (struct redis_url){.host = host, .port = 6379};
    assert_goes_down("");
}

static void passwords(UNUSED void **state)
{
    redis_do(&f.server, "ACL SETUSER u on >pw ~* +@all");
    redis_do(&f.server, "CONFIG SET requirepass secret");
    f.url.password = (char[]){"wrong"};
    assert_goes_down("WRONGPASS");
    f.ups = f.downs = 0;
    f.url.password = NULL;
    assert_goes_down("NOAUTH");
    f.ups = f.downs = 0;
    f.url.password = (char[]){"secret"};
    open_up();
    redis_link_close(f.link);
    f.ups = f.downs = 0;
    f.url.user = (char[]){"u"};
    f.url.password = (char[]){"pw"};
    open_up();
    command(NULL, "ACL", "WHOAMI");
    loop_wait(&f.loop, has_replied, "u ");
}

static void database(UNUSED void **state)
{
    f.url.db = 99;
    assert_goes_down("DB index");
    f.ups = f.downs = 0;
    f.url.db = 5;
    open_up();
    command(NULL, "CLIENT", "INFO");
    loop_wait(&f.loop, has_replied, " db=5 ");
}

/* Closed in every state: no hook is called, and nothing is left. */
static void closed_any_time(UNUSED void **state)
{
    for (int turns = 0; turns < 12; turns++) {
        open_link();
        for (int i = 0; i < turns; i++)
            loop_turn(&f.loop);
        int ups = f.ups;
        if (ups > 0)
            command(NULL, "PING", NULL);
        redis_link_close(f.link);
        f.link = NULL;
        for (int i = 0; i < 20; i++)
            loop_turn(&f.loop);
        assert_int_equal(f.downs, 0);
        assert_int_equal(f.ups, ups);
        assert_int_equal(f.replies.len, 0);
        f.ups = 0;
    }
    redis_link_close(NULL);
}

static void without_memory(UNUSED void **state)
{
    char why[REDIS_LINK_WHY_MAX];
    bool failed = true;

    for (unsigned long n = 1; failed; n++) {
        alloc_fail_at(n);
        f.link = redis_link_open(&f.loop.loop, &f.url, &HOOKS, why);
        failed = alloc_fail_never();
        assert_true((f.link == NULL) == failed);
    }
    loop_wait(&f.loop, is_up_or_down, NULL);
    assert_int_equal(f.ups, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("answers come in order, with what they were asked with", answers_in_order),
        CASE("a subscription gets its messages", messages_of_a_subscription),
        CASE("a killed server takes it down once", killed_server),
        CASE("a connection that Redis ends goes down once", client_killed_by_redis),
        CASE("a refused connection over TCP is noticed", nobody_on_tcp),
        CASE("a missing socket is noticed", nobody_on_the_path),
        CASE("a socket that nobody listens on is noticed", stale_socket),
        CASE("a host may be a name", by_name),
        CASE("a host that cannot be is noticed", name_that_cannot_be),
        CASE("it signs in, or says why it cannot", passwords),
        CASE("it selects the database, or says why it cannot", database),
        CASE("it can be closed at any time", closed_any_time),
        CASE("without memory there is no link", without_memory),
    };

    signal(SIGPIPE, SIG_IGN); /* as the responder has it */
    return RUN_TESTS("redis_link", tests);
}
