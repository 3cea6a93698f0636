/* config: each setting by default, by environment and by flag; bad values. */
#include "config.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

static const char *const VARIABLES[] = {
    "SSE_MOUNT",       "SSE_REDIS",       "SSE_PREFIX",  "SSE_CHANNEL",
    "SSE_HEARTBEAT",   "SSE_RETRY",       "SSE_QUEUE",   "SSE_MAX_EVENT",
    "SSE_DRAIN",       "SSE_CORS",        "SSE_LOG",     "SSE_LISTEN",
    "SSE_LISTEN_MODE", "SSE_MAX_STREAMS", "SSE_MAX_AGE", "SSE_REDIS_PASSWORD_FILE"};

static struct config config;
static struct buf text;

static int set_up(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(VARIABLES); i++)
        unsetenv(VARIABLES[i]);
    buf_init(&text, 16384);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    config_deinit(&config);
    config_deinit(&config);
    buf_deinit(&text);
    return set_up(NULL);
}

/* Loads with up to three arguments. */
static enum config_outcome load(const char *a, const char *b, const char *c)
{
    char *argv[] = {"sse.fcgi", (char *)a, (char *)b, (char *)c, NULL};
    int argc = 1;

    while (argv[argc] != NULL)
        argc++;
    config_deinit(&config);
    buf_clear(&text);
    return config_load(&config, argc, argv, &text);
}

static void defaults(UNUSED void **state)
{
    assert_int_equal(load(NULL, NULL, NULL), CONFIG_READY);
    assert_int_equal(text.len, 0);
    assert_int_equal(config.mount_count, 1);
    assert_string_equal(config.mounts[0], "/sse");
    assert_string_equal(config.redis.host, "127.0.0.1");
    assert_int_equal(config.redis.port, 6379);
    assert_string_equal(config.keys.prefix, "sse:");
    assert_string_equal(config.keys.clock, "sse:clock");
    assert_string_equal(config.channel, "status");
    assert_int_equal(config.heartbeat_ms, 15000);
    assert_int_equal(config.retry_ms, 2000);
    assert_int_equal(config.drain_ms, 1000);
    assert_int_equal(config.max_age_ms, 900000);
    assert_false(config.is_max_age_set);
    assert_false(config.is_log_set);
    assert_int_equal(config.max_streams, 0);
    assert_int_equal(config.queue_max, 1 << 20);
    assert_int_equal(config.event_max, 256 << 10);
    assert_null(config.origins);
    assert_false(config.any_origin);
    assert_int_equal(config.log, LOG_INFO);
    assert_null(config.listen);
    assert_int_equal(config.listen_mode, 0660);
}

/* What a setting is, as text. */
static void describe(struct buf *out, const char *variable)
{
    buf_clear(out);
    if (strcmp(variable, "SSE_MOUNT") == 0)
        for (size_t i = 0; i < config.mount_count; i++)
            buf_addf(out, "%s%s", i > 0 ? "," : "", config.mounts[i]);
    else if (strcmp(variable, "SSE_REDIS") == 0)
        redis_url_describe(out, &config.redis);
    else if (strcmp(variable, "SSE_CORS") == 0)
        for (size_t i = 0; config.origins != NULL && config.origins[i] != NULL; i++)
            buf_addf(out, "%s%s", i > 0 ? "," : "", config.origins[i]);
    else if (strcmp(variable, "SSE_PREFIX") == 0)
        buf_adds(out, config.keys.last);
    else if (strcmp(variable, "SSE_CHANNEL") == 0)
        buf_adds(out, config.channel);
    else if (strcmp(variable, "SSE_LISTEN") == 0)
        buf_adds(out, config.listen);
    else
        buf_addf(out, "%u %zu %u %u %u %zu %zu %d %o", config.max_age_ms, config.max_streams,
                 config.heartbeat_ms, config.retry_ms, config.drain_ms, config.queue_max,
                 config.event_max, (int)config.log, (unsigned)config.listen_mode);
}

static const struct {
    const char *variable, *flag, *value, *result;
} SETTINGS[] = {
    {"SSE_MOUNT", "--mount", "/a", "/a"},
    {"SSE_MOUNT", "--mount", "/a,/b/c/,/", "/a,/b/c,"},
    {"SSE_MOUNT", "--mount", "/1,/2,/3,/4,/5,/6,/7,/8", "/1,/2,/3,/4,/5,/6,/7,/8"},
    {"SSE_REDIS", "--redis", "redis://u:secret@h:1/2", "redis://h:1/2"},
    {"SSE_REDIS", "--redis", "unix:/run/redis.sock", "unix:/run/redis.sock"},
    {"SSE_PREFIX", "--prefix", "{app1}:", "{app1}:last"},
    {"SSE_CHANNEL", "--channel", "jobs/*", "jobs/*"},
    {"SSE_HEARTBEAT", "--heartbeat", "0.5", "900000 0 500 2000 1000 1048576 262144 2 660"},
    {"SSE_HEARTBEAT", "--heartbeat", "3600", "900000 0 3600000 2000 1000 1048576 262144 2 660"},
    {"SSE_RETRY", "--retry", "1", "900000 0 15000 1 1000 1048576 262144 2 660"},
    {"SSE_DRAIN", "--drain", "2.25", "900000 0 15000 2000 2250 1048576 262144 2 660"},
    {"SSE_MAX_AGE", "--max-age", "0", "0 0 15000 2000 1000 1048576 262144 2 660"},
    {"SSE_MAX_AGE", "--max-age", "1", "1000 0 15000 2000 1000 1048576 262144 2 660"},
    {"SSE_MAX_AGE", "--max-age", "86400", "86400000 0 15000 2000 1000 1048576 262144 2 660"},
    {"SSE_MAX_STREAMS", "--max-streams", "1", "900000 1 15000 2000 1000 1048576 262144 2 660"},
    {"SSE_MAX_STREAMS", "--max-streams", "1000000",
     "900000 1000000 15000 2000 1000 1048576 262144 2 660"},
    {"SSE_QUEUE", "--queue", "64k", "900000 0 15000 2000 1000 65536 262144 2 660"},
    {"SSE_MAX_EVENT", "--max-event", "1M", "900000 0 15000 2000 1000 1048576 1048576 2 660"},
    {"SSE_LOG", "--log", "debug", "900000 0 15000 2000 1000 1048576 262144 3 660"},
    {"SSE_LISTEN_MODE", "--listen-mode", "0777", "900000 0 15000 2000 1000 1048576 262144 2 777"},
    {"SSE_CORS", "--cors", "https://a.example,http://b:80", "https://a.example,http://b:80"},
    {"SSE_LISTEN", "--listen", "/run/sse.sock", "/run/sse.sock"},
    {"SSE_LISTEN", "--listen", "./sse.sock", "./sse.sock"},
    {"SSE_LISTEN", "--listen", "127.0.0.1:9000", "127.0.0.1:9000"},
    {"SSE_LISTEN", "--listen", "[::1]:9000", "[::1]:9000"},
};

static void by_environment_and_flag(UNUSED void **state)
{
    char joined[200];
    struct buf out;

    buf_init(&out, 10000);
    for (size_t i = 0; i < COUNT(SETTINGS); i++) {
        setenv(SETTINGS[i].variable, SETTINGS[i].value, 1);
        assert_int_equal(load(NULL, NULL, NULL), CONFIG_READY);
        describe(&out, SETTINGS[i].variable);
        assert_buf(&out, SETTINGS[i].result);
        unsetenv(SETTINGS[i].variable);
        assert_int_equal(load(SETTINGS[i].flag, SETTINGS[i].value, NULL), CONFIG_READY);
        describe(&out, SETTINGS[i].variable);
        assert_buf(&out, SETTINGS[i].result);
        snprintf(joined, sizeof joined, "%s=%s", SETTINGS[i].flag, SETTINGS[i].value);
        assert_int_equal(load(joined, NULL, NULL), CONFIG_READY);
        describe(&out, SETTINGS[i].variable);
        assert_buf(&out, SETTINGS[i].result);
    }
    buf_deinit(&out);
}

static void flag_wins(UNUSED void **state)
{
    setenv("SSE_CHANNEL", "env", 1);
    setenv("SSE_MOUNT", "/env1,/env2", 1);
    setenv("SSE_CORS", "https://env", 1);
    setenv("SSE_LISTEN", "/env", 1);
    assert_int_equal(load("--channel", "flag", "--mount=/flag"), CONFIG_READY);
    assert_string_equal(config.channel, "flag");
    assert_int_equal(config.mount_count, 1);
    assert_string_equal(config.mounts[0], "/flag");
    assert_int_equal(load("--channel=one", "--channel=two", "--cors=*"), CONFIG_READY);
    assert_string_equal(config.channel, "two");
    assert_true(config.any_origin);
    assert_null(config.origins);
    assert_int_equal(load("--cors=", "--listen", ""), CONFIG_READY);
    assert_false(config.any_origin);
    assert_null(config.origins);
    assert_null(config.listen);
}

/* A default may depend on how the process was started, but nothing that somebody has set. */
static void set_or_default(UNUSED void **state)
{
    assert_int_equal(load("--max-age", "900", NULL), CONFIG_READY);
    assert_true(config.is_max_age_set);
    assert_false(config.is_log_set);
    assert_int_equal(load("--log=info", NULL, NULL), CONFIG_READY);
    assert_false(config.is_max_age_set);
    assert_true(config.is_log_set);
    setenv("SSE_MAX_AGE", "900", 1);
    setenv("SSE_LOG", "", 1);
    assert_int_equal(load(NULL, NULL, NULL), CONFIG_READY);
    assert_true(config.is_max_age_set);
    assert_false(config.is_log_set);
}

static void empty_variable_is_none(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(VARIABLES); i++)
        setenv(VARIABLES[i], "", 1);
    assert_int_equal(load(NULL, NULL, NULL), CONFIG_READY);
    assert_string_equal(config.channel, "status");
}

static const struct {
    const char *variable, *flag, *value, *allowed;
} BAD[] = {
    {"SSE_MOUNT", "--mount", "sse", "start with /"},
    {"SSE_MOUNT", "--mount", "/a,", "start with /"},
    {"SSE_MOUNT", "--mount", "/a,b", "start with /"},
    {"SSE_MOUNT", "--mount", "/1,/2,/3,/4,/5,/6,/7,/8,/9", "at most 8"},
    {"SSE_REDIS", "--redis", "localhost", "redis://"},
    {"SSE_PREFIX", "--prefix", "sse", "colon"},
    {"SSE_CHANNEL", "--channel", "a b", "jobs/*"},
    {"SSE_CHANNEL", "--channel", "-a", "jobs/*"},
    {"SSE_HEARTBEAT", "--heartbeat", "0", "0.1 to 3600"},
    {"SSE_HEARTBEAT", "--heartbeat", "15s", "seconds"},
    {"SSE_DRAIN", "--drain", "-1", "seconds"},
    {"SSE_RETRY", "--retry", "0", "1 to 3600000"},
    {"SSE_RETRY", "--retry", "1.5", "whole"},
    {"SSE_MAX_AGE", "--max-age", "0.5", "from 1 to 86400, or 0"},
    {"SSE_MAX_AGE", "--max-age", "86401", "from 1 to 86400, or 0"},
    {"SSE_MAX_AGE", "--max-age", "15m", "seconds"},
    {"SSE_MAX_STREAMS", "--max-streams", "-1", "or 0"},
    {"SSE_MAX_STREAMS", "--max-streams", "1000001", "1000000"},
    {"SSE_MAX_STREAMS", "--max-streams", "1k", "whole"},
    {"SSE_QUEUE", "--queue", "1G", "1024M"},
    {"SSE_QUEUE", "--queue", "1023", "from 1024"},
    {"SSE_MAX_EVENT", "--max-event", "many", "bytes"},
    {"SSE_LOG", "--log", "loud", "error, warning, info or debug"},
    {"SSE_CORS", "--cors", "a.example", "https://a.example"},
    {"SSE_CORS", "--cors", "https://a.example/", "https://a.example"},
    {"SSE_CORS", "--cors", "https://a/b", "https://a.example"},
    {"SSE_CORS", "--cors", "https://a, https://b", "https://a.example"},
    {"SSE_CORS", "--cors", "https://a,*", "*"},
    {"SSE_CORS", "--cors", "https://", "https://a.example"},
    {"SSE_CORS", "--cors", "://a", "https://a.example"},
    {"SSE_CORS", "--cors", "https://a\r\nX: y", "https://a.example"},
    {"SSE_CORS", "--cors", "https://*.a", "https://a.example"},
    {"SSE_LISTEN", "--listen", "sse.sock", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", "9000", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", ":9000", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", "127.0.0.1:", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", "127.0.0.1:0", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", "127.0.0.1:70000", "HOST:PORT"},
    {"SSE_LISTEN", "--listen", "127.0.0.1:+9000", "HOST:PORT"},
    {"SSE_LISTEN_MODE", "--listen-mode", "888", "octal"},
    {"SSE_LISTEN_MODE", "--listen-mode", "1777", "octal"},
    {"SSE_LISTEN_MODE", "--listen-mode", "rw", "octal"},
};

static void bad_values(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(BAD); i++) {
        bool is_url = strcmp(BAD[i].variable, "SSE_REDIS") == 0;
        setenv(BAD[i].variable, BAD[i].value, 1);
        if (load(NULL, NULL, NULL) != CONFIG_BAD)
            fail_msg("%s=%s passes", BAD[i].variable, BAD[i].value);
        assert_has(buf_text(&text), BAD[i].variable);
        assert_has(buf_text(&text), is_url ? "..." : BAD[i].value);
        assert_has(buf_text(&text), BAD[i].allowed);
        unsetenv(BAD[i].variable);
        if (load(BAD[i].flag, BAD[i].value, NULL) != CONFIG_BAD)
            fail_msg("%s %s passes", BAD[i].flag, BAD[i].value);
        assert_has(buf_text(&text), BAD[i].flag);
        assert_has(buf_text(&text), BAD[i].allowed);
    }
}

static void password_is_never_shown(UNUSED void **state)
{
    static const char *const URLS[] = {
        "redis://user:secret@",      "redis://user:secret@host:port", "redis://user:secret@host/x",
        "redis://user:secret%@host", "rediss://user:secret@host",     "http://user:secret@host",
        "redis://secret@host",       "redis:user:secret@host",        "user:secret@host"};

    for (size_t i = 0; i < COUNT(URLS); i++) {
        setenv("SSE_REDIS", URLS[i], 1);
        assert_int_equal(load(NULL, NULL, NULL), CONFIG_BAD);
        assert_has(buf_text(&text), "SSE_REDIS");
        assert_has_not(text.data, "secret");
        unsetenv("SSE_REDIS");
        assert_int_equal(load("--redis", URLS[i], NULL), CONFIG_BAD);
        assert_has_not(buf_text(&text), "secret");
        char joined[100];
        snprintf(joined, sizeof joined, "--redis=%s", URLS[i]);
        assert_int_equal(load(joined, NULL, NULL), CONFIG_BAD);
        assert_has_not(buf_text(&text), "secret");
    }
    /* A slip in the name of the option is no reason to show it either. */
    assert_int_equal(load("--redi=redis://user:secret@host", NULL, NULL), CONFIG_BAD);
    assert_has_not(buf_text(&text), "secret");
}

static void bad_flags(UNUSED void **state)
{
    static const char *const FLAGS[] = {"--nothing", "-x", "channel", "--chan", "--channels=a",
                                        "--",        "-",  "",        "--=a",   "-channel"};

    for (size_t i = 0; i < COUNT(FLAGS); i++) {
        assert_int_equal(load(FLAGS[i], "a", NULL), CONFIG_BAD);
        assert_memory_equal(buf_text(&text), FLAGS[i], strcspn(FLAGS[i], "="));
        assert_has(buf_text(&text), ": no such option; sse.fcgi --help");
    }
    assert_int_equal(load("--channel", NULL, NULL), CONFIG_BAD);
    assert_has(buf_text(&text), "--channel: its value is missing");
}

static void help_and_version(UNUSED void **state)
{
    assert_int_equal(load("--help", NULL, NULL), CONFIG_ANSWERED);
    for (size_t i = 0; i < COUNT(SETTINGS); i++)
        assert_has(buf_text(&text), SETTINGS[i].flag);
    assert_has(buf_text(&text), "[/sse]");
    assert_int_equal(load("-h", NULL, NULL), CONFIG_ANSWERED);
    assert_int_equal(load("--version", NULL, NULL), CONFIG_ANSWERED);
    assert_has(buf_text(&text), "sse.fcgi ");
}

static int load_all(UNUSED void *context)
{
    enum config_outcome outcome =
        load("--cors=https://a,https://b", "--listen=/a", "--mount=/a,/b");

    config_deinit(&config);
    return outcome == CONFIG_READY ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    setenv("SSE_REDIS", "redis://u:p@h", 1);
    setenv("SSE_CHANNEL", "jobs", 1);
    alloc_fail_each(12, load_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("the defaults", defaults),
        CASE("each setting by environment, by flag, and by flag with =", by_environment_and_flag),
        CASE("a flag wins over the environment, the last one over the first", flag_wins),
        CASE("what is set is told from a default", set_or_default),
        CASE("an empty variable is none", empty_variable_is_none),
        CASE("a bad value is named, with what is allowed", bad_values),
        CASE("a password is never shown", password_is_never_shown),
        CASE("unknown flags and missing values are named", bad_flags),
        CASE("help lists all settings", help_and_version),
        CASE("without memory nothing is held", without_memory),
    };

    return RUN_TESTS("config", tests);
}
