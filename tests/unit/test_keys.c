/* core/keys: prefixes, names, commands. What the scripts do is seen in test_redis_publish.c
 * and test_lease_script.c. */
#include "core/keys.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

static void prefixes(UNUSED void **state)
{
    static const char *const GOOD[] = {
        "sse:", "a:", "{app1}:", "a:b:", "*:", "[x]?\\:", "::", "~:"};
    static const char *const BAD[] = {"",     ":",    "sse",       "a",      "sse:x",
                                      "a b:", "a\n:", "\xc3\xa4:", "a\x7f:", " a:"};
    char name[KEYS_PREFIX_MAX + 2];

    for (size_t i = 0; i < COUNT(GOOD); i++)
        assert_null(keys_check_prefix(GOOD[i]));
    for (size_t i = 0; i < COUNT(BAD); i++)
        if (keys_check_prefix(BAD[i]) == NULL)
            fail_msg("\"%s\" passes", BAD[i]);
    memset(name, 'p', sizeof name);
    name[KEYS_PREFIX_MAX - 1] = ':';
    name[KEYS_PREFIX_MAX] = '\0';
    assert_null(keys_check_prefix(name));
    memset(name, 'p', sizeof name);
    name[KEYS_PREFIX_MAX] = ':';
    name[KEYS_PREFIX_MAX + 1] = '\0';
    assert_has(keys_check_prefix(name), "2 to 100");
}

static void names(UNUSED void **state)
{
    struct keys keys;

    keys_init(&keys, "{app1}:");
    assert_string_equal(keys.prefix, "{app1}:");
    assert_string_equal(keys.clock, "{app1}:clock");
    assert_string_equal(keys.last, "{app1}:last");
    assert_string_equal(keys.leases, "{app1}:leases");
    assert_string_equal(keys.wills, "{app1}:wills");
    assert_string_equal(keys.control, "{app1}:-/link");
    assert_null(keys_channel(&keys, keys.control));
}

static void subscriptions(UNUSED void **state)
{
    static const struct {
        const char *prefix, *name, *subscription;
    } CASES[] = {
        {"sse:", "jobs/42", "sse:jobs/42"},
        {"sse:", "jobs/*", "sse:jobs/*"},
        {"sse:", "*", "sse:*"},
        {"a*b?c[d]e\\:", "jobs/42", "a*b?c[d]e\\:jobs/42"}, /* SUBSCRIBE takes it as it is */
        {"a*b?c[d]e\\:", "jobs/*", "a\\*b\\?c\\[d\\]e\\\\:jobs/*"},
        {"{app1}^-:", "*", "{app1}^-:*"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct keys keys;
        struct buf out;
        keys_init(&keys, CASES[i].prefix);
        buf_init(&out, 1000);
        assert_int_equal(keys_subscription(&keys, &out, CASES[i].name), 0);
        assert_buf(&out, CASES[i].subscription);
        buf_deinit(&out);
        buf_init(&out, strlen(CASES[i].subscription) - 1);
        assert_int_equal(keys_subscription(&keys, &out, CASES[i].name), -1);
        buf_deinit(&out);
    }
}

static void channels(UNUSED void **state)
{
    static const char *const OTHERS[] = {"sse:",       "sse",        "ss:jobs",     "sse2:jobs",
                                         "jobs",       "sse:-/link", "sse:other:x", "sse:jobs/",
                                         "sse:jobs/*", "sse:a b",    "SSE:jobs",    ""};
    struct keys keys;

    keys_init(&keys, "sse:");
    const char *name = "sse:jobs/42";
    assert_ptr_equal(keys_channel(&keys, name), name + 4);
    for (size_t i = 0; i < COUNT(OTHERS); i++)
        if (keys_channel(&keys, OTHERS[i]) != NULL)
            fail_msg("\"%s\" is one", OTHERS[i]);
}

static void assert_args(const struct keys_command *command, size_t count, const char *const *args)
{
    assert_int_equal(command->argc, count);
    for (size_t i = 0; i < count; i++)
        if (args[i] != NULL)
            assert_bytes(command->argv[i], command->argv_len[i], args[i]);
}

static void publish_command(UNUSED void **state)
{
    const struct keys_publish publish = {.channel = "jobs/42",
                                         .event = "progress",
                                         .data = "{\"a\":1} and what is not its own",
                                         .data_len = 7,
                                         .nonce = "n1",
                                         .floor = "5-6",
                                         .retry_ms = 2000,
                                         .keep = 1000,
                                         .ttl_s = 86400};
    const char *const args[] = {
        "EVALSHA",  "abc",         "3",        "sse:clock", "sse:last", "sse:log:jobs/42",
        "jobs/42",  "sse:jobs/42", "sse:log:", "progress",  "2000",     "1000",
        "86400000", "5-6",         "n1",       "{\"a\":1}"};
    struct keys_command command;
    struct keys keys;

    keys_init(&keys, "sse:");
    keys_command_publish(&command, &keys, &publish, "abc");
    assert_args(&command, COUNT(args), args);
    assert_true(COUNT(args) <= KEYS_ARGC_MAX);
}

static void publish_command_without(UNUSED void **state)
{
    const struct keys_publish publish = {
        .channel = "a", .data = "", .keep = UINT32_MAX, .ttl_s = UINT32_MAX};
    const char *const args[] = {
        "EVAL",   NULL, "3", "p:clock",    "p:last",        "p:log:a", "a", "p:a",
        "p:log:", "",   "",  "4294967295", "4294967295000", "",        "",  ""};
    struct keys_command command;
    struct keys keys;

    keys_init(&keys, "p:");
    keys_command_publish(&command, &keys, &publish, NULL);
    assert_args(&command, COUNT(args), args);
    assert_ptr_equal(command.argv[1], KEYS_PUBLISH_SCRIPT);
    assert_int_equal(command.argv_len[1], strlen(KEYS_PUBLISH_SCRIPT));
}

static void lease_command(UNUSED void **state)
{
    struct keys_publish publish = {.channel = "a",
                                   .data = "x",
                                   .data_len = 1,
                                   .nonce = "n",
                                   .floor = "5-6",
                                   .keep = 1,
                                   .ttl_s = 1,
                                   .lease = {.deed = KEYS_RENEW,
                                             .name = "lease and more",
                                             .name_len = 5,
                                             .ms = 20000,
                                             .will = "will and more",
                                             .will_len = 4}};
    const char *args[] = {"EVALSHA",  "abc",     "5",    "s:clock", "s:last", "s:log:a",
                          "s:leases", "s:wills", "a",    "s:a",     "s:log:", "",
                          "",         "1",       "1000", "5-6",     "lease",  "renew",
                          "20000",    "will",    "n",    "x"};
    struct keys_command command;
    struct keys keys;

    keys_init(&keys, "s:");
    keys_command_publish(&command, &keys, &publish, "abc");
    assert_args(&command, COUNT(args), args);
    assert_true(COUNT(args) <= KEYS_ARGC_MAX);
    publish.data = NULL;
    keys_command_publish(&command, &keys, &publish, "abc");
    assert_args(&command, COUNT(args) - 2, args);
    publish.lease = (struct keys_lease){.deed = KEYS_CLAIM, .name = "l", .name_len = 1};
    args[16] = "l";
    args[17] = "claim";
    args[18] = "0";
    args[19] = "";
    publish.data = "x";
    keys_command_publish(&command, &keys, &publish, "abc");
    assert_args(&command, COUNT(args), args);
}

static void longest_names(UNUSED void **state)
{
    char prefix[KEYS_PREFIX_MAX + 1], channel[CHANNEL_MAX + 1], expected[400];
    struct keys_command command;
    struct keys keys;

    memset(prefix, '*', KEYS_PREFIX_MAX);
    strcpy(prefix + KEYS_PREFIX_MAX - 1, ":");
    memset(channel, 'c', CHANNEL_MAX);
    channel[CHANNEL_MAX] = '\0';
    keys_init(&keys, prefix);
    const struct keys_publish publish = {.channel = channel, .data = "x", .data_len = 1, .keep = 1};
    keys_command_publish(&command, &keys, &publish, NULL);
    snprintf(expected, sizeof expected, "%slog:%s", prefix, channel);
    assert_bytes(command.argv[5], command.argv_len[5], expected);
    snprintf(expected, sizeof expected, "%s%s", prefix, channel);
    assert_bytes(command.argv[7], command.argv_len[7], expected);
    struct buf out;
    buf_init(&out, 2 * KEYS_NAME_MAX);
    strcpy(channel + CHANNEL_MAX - 2, "/*");
    assert_int_equal(keys_subscription(&keys, &out, channel), 0);
    assert_int_equal(out.len, KEYS_PREFIX_MAX - 1 + KEYS_PREFIX_MAX + CHANNEL_MAX);
    buf_deinit(&out);
}

static int subscribe(void *name)
{
    struct keys keys;
    struct buf out;

    keys_init(&keys, "s*e:");
    buf_init(&out, 1000);
    int result = keys_subscription(&keys, &out, name);
    buf_deinit(&out);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(2, subscribe, "jobs/42");
    alloc_fail_each(1, subscribe, "jobs/*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a prefix is printable and ends in a colon", prefixes),
        TEST("the names hang on the prefix", names),
        TEST("glob characters of a prefix are escaped in patterns", subscriptions),
        TEST("other names are no channels of ours", channels),
        TEST("the command of a publish", publish_command),
        TEST("the command of a publish without name and retry, by EVAL", publish_command_without),
        TEST("the command of a publish with a lease, of a lease alone", lease_command),
        TEST("the longest names have room", longest_names),
        TEST("without memory a subscription fails", without_memory),
    };

    return RUN_TESTS("keys", tests);
}
