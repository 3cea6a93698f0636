/* topics: what is followed, and where each stands with Redis. */
#include "topics.h"

#include "alloc.h"
#include "core/channel.h"
#include "test.h"

static struct topics topics;
static struct buf asked;

static void note(char mark, const char *name)
{
    buf_add(&asked, &mark, 1);
    buf_adds(&asked, name);
    buf_adds(&asked, " ");
}

static void on_subscribe(UNUSED void *context, struct topic *topic)
{
    note('+', topic->name);
}

static void on_unsubscribe(UNUSED void *context, struct topic *topic)
{
    note('-', topic->name);
}

static void on_dropped(UNUSED void *context, const struct topic *topic)
{
    assert_int_not_equal(topic->state, TOPIC_CONFIRMED); /* it covers nothing any more */
    note('x', topic->name);
}

static int set_up(UNUSED void **state)
{
    static const char room[1000];

    buf_init(&asked, SIZE_MAX);
    buf_add(&asked, room, sizeof room); /* so that notes are no allocations */
    buf_clear(&asked);
    topics_init(&topics);
    topics.hooks = (struct topics_hooks){
        .subscribe = on_subscribe, .unsubscribe = on_unsubscribe, .dropped = on_dropped};
    return 0;
}

static int tear_down(UNUSED void **state)
{
    topics_disconnected(&topics); /* frees what nobody follows */
    assert_true(LIST_EMPTY(&topics.all));
    buf_deinit(&asked);
    return 0;
}

static void assert_asked(const char *expected)
{
    assert_buf(&asked, expected);
    buf_clear(&asked);
}

static void follows_and_drops(UNUSED void **state)
{
    struct link one, other;

    topics_connected(&topics);
    assert_int_equal(topics_link(&topics, &one, "a"), 0);
    assert_asked("+a ");
    assert_int_equal(topics_link(&topics, &other, "a"), 0);
    assert_ptr_equal(one.topic, other.topic);
    topics_subscribed(&topics, one.topic);
    topics_unlink(&topics, &one);
    assert_asked("");
    struct topic *topic = other.topic;
    topics_unlink(&topics, &other);
    assert_asked("xa -a ");
    topics_unsubscribed(&topics, topic);
    assert_true(LIST_EMPTY(&topics.all));
}

/* Nothing is sent about a topic while something is unanswered. */
static void one_thing_at_a_time(UNUSED void **state)
{
    struct link link;

    topics_connected(&topics);
    topics_link(&topics, &link, "a");
    struct topic *topic = link.topic;
    topics_unlink(&topics, &link);
    assert_asked("+a ");
    topics_subscribed(&topics, topic);
    assert_asked("xa -a ");
    topics_link(&topics, &link, "a");
    assert_ptr_equal(link.topic, topic);
    assert_asked("");
    topics_unsubscribed(&topics, topic);
    assert_asked("+a ");
    topics_subscribed(&topics, topic);
    topics_unlink(&topics, &link);
    topics_unsubscribed(&topics, topic);
}

static void comes_and_goes(UNUSED void **state)
{
    struct link a, b;

    topics_link(&topics, &a, "a");
    topics_link(&topics, &b, "b/*");
    assert_asked("");
    topics_connected(&topics);
    assert_int_equal(asked.len, strlen("+a +b/* "));
    topics_subscribed(&topics, a.topic);
    a.topic->is_asked = a.topic->is_listed = true;
    topics_disconnected(&topics);
    assert_int_equal(a.topic->state, TOPIC_IDLE);
    assert_false(a.topic->is_asked || a.topic->is_listed);
    buf_clear(&asked);
    topics_unlink(&topics, &b);
    topics_connected(&topics);
    assert_asked("+a ");
    topics_disconnected(&topics);
    topics_unlink(&topics, &a);
}

static void confirm(struct link *link, const char *name)
{
    topics_link(&topics, link, name);
    topics_subscribed(&topics, link->topic);
}

static void drop(struct link *link)
{
    struct topic *topic = link->topic;

    topics_unlink(&topics, link);
    topics_unsubscribed(&topics, topic);
}

static void covers(UNUSED void **state)
{
    char longest[CHANNEL_MAX + 1];
    struct link link;

    topics_connected(&topics);
    confirm(&link, "jobs/*");
    assert_true(topics_cover(&topics, "jobs/1"));
    assert_true(topics_cover(&topics, "jobs/1/2"));
    assert_false(topics_cover(&topics, "jobs"));
    assert_false(topics_cover(&topics, "job/1"));
    drop(&link);
    confirm(&link, "jobs");
    assert_true(topics_cover(&topics, "jobs"));
    assert_false(topics_cover(&topics, "jobs/1"));
    drop(&link);
    memset(longest, 'x', CHANNEL_MAX);
    longest[CHANNEL_MAX] = '\0';
    longest[CHANNEL_MAX - 2] = '/';
    assert_false(topics_cover(&topics, longest));
    confirm(&link, "*");
    assert_true(topics_cover(&topics, longest));
    struct topic *topic = link.topic;
    topics_unlink(&topics, &link);
    assert_false(topics_cover(&topics, "a")); /* on its way out */
    topics_unsubscribed(&topics, topic);
}

static void covers_only_when_confirmed(UNUSED void **state)
{
    struct link link;

    topics_connected(&topics);
    topics_link(&topics, &link, "a");
    assert_false(topics_cover(&topics, "a"));
    topics_subscribed(&topics, link.topic);
    assert_true(topics_cover(&topics, "a"));
    topics_disconnected(&topics);
    assert_false(topics_cover(&topics, "a"));
    topics_unlink(&topics, &link);
}

/* All that mean a channel, in the order in which they come. */
static const char *meaning(const char *channel)
{
    static char text[200];
    const struct topic *topic = NULL;

    text[0] = '\0';
    while ((topic = topics_next(&topics, channel, topic)) != NULL)
        strcat(strcat(text, topic->name), " ");
    return text;
}

static void means(UNUSED void **state)
{
    static const char *const NAMES[] = {"*", "jobs/1", "jobs/*", "jobs/1/*", "jobs/1/2", "a"};
    struct link links[COUNT(NAMES)];

    for (size_t i = 0; i < COUNT(NAMES); i++)
        topics_link(&topics, &links[i], NAMES[i]);
    assert_string_equal(meaning("jobs/1"), "jobs/1 jobs/* * ");
    assert_string_equal(meaning("jobs/1/2"), "jobs/1/2 jobs/1/* jobs/* * ");
    assert_string_equal(meaning("jobs/2"), "jobs/* * ");
    assert_string_equal(meaning("jobs"), "* ");
    for (size_t i = 0; i < COUNT(NAMES); i++)
        topics_unlink(&topics, &links[i]);
    assert_string_equal(meaning("a"), "");
}

static int link_one(UNUSED void *context)
{
    struct link link;

    if (topics_link(&topics, &link, "a") < 0) {
        assert_true(LIST_EMPTY(&topics.all));
        return -1;
    }
    topics_unlink(&topics, &link);
    return 0;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(2, link_one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("the first link subscribes, the last one drops", follows_and_drops),
        CASE("nothing is asked while something is unanswered", one_thing_at_a_time),
        CASE("when Redis comes all are subscribed to", comes_and_goes),
        CASE("a channel is covered by its name and by patterns", covers),
        CASE("the topics that mean a channel are found", means),
        CASE("only what is confirmed covers", covers_only_when_confirmed),
        CASE("without memory nothing is linked", without_memory),
    };

    return RUN_TESTS("topics", tests);
}
