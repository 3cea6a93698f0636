/* advice: which limit is near, and what is said of it. */
#include "advice.h"

#include "capture.h"
#include "core/log.h"
#include "test.h"

static struct capture out;
static struct config config;
static struct advice advice;

static const char *given(const char *software, size_t streams)
{
    capture_begin(&out, STDERR_FILENO);
    advice_give(&advice, software, streams);
    return capture_end(&out);
}

struct limit_case {
    enum origin origin;
    const char *software;
    uint32_t heartbeat_ms, max_age_ms;
    size_t streams;
    const char *said;
};

#define NEAR "p: limit-near "

static const struct limit_case CASES[] = {
    /* the defaults are fine everywhere */
    {ORIGIN_LISTEN_FDS, "nginx/1.22.1", 15000, 900000, 1, ""},
    {ORIGIN_LISTEN, "Apache/2.4.71 (Debian)", 15000, 900000, 1, ""},
    {ORIGIN_DESCRIPTOR, "lighttpd/1.4.69", 15000, 900000, 1, ""},
    {ORIGIN_LISTEN, "h2o/2.2.5", 15000, 900000, 5000, ""},
    {ORIGIN_MOD_FCGID, "Apache/2.4.71", 15000, 270000, 1, ""},
    {ORIGIN_CGI, "Apache/2.4.71", 15000, 900000, 1, ""},
    {ORIGIN_CGI, "lighttpd/1.4.69", 15000, 900000, 1, ""},
    /* silence */
    {ORIGIN_LISTEN, "nginx/1.22.1", 59999, 900000, 1, ""},
    {ORIGIN_LISTEN, "nginx/1.22.1", 60000, 900000, 1,
     NEAR "server=nginx heartbeat_s=60 default_s=60 set=\"fastcgi_read_timeout\"\n"},
    {ORIGIN_LISTEN, "Apache", 61500, 900000, 1,
     NEAR "server=Apache heartbeat_s=61.5 default_s=60 set=\"ProxySet timeout\"\n"},
    {ORIGIN_DESCRIPTOR, "lighttpd/1.4.69", 359000, 900000, 1, ""},
    {ORIGIN_DESCRIPTOR, "lighttpd/1.4.69", 360000, 900000, 1,
     NEAR "server=lighttpd heartbeat_s=360 default_s=360 set=\"server.max-write-idle\"\n"},
    {ORIGIN_LISTEN, "h2o/2.2.5", 29000, 900000, 1, ""},
    {ORIGIN_LISTEN, "h2o/2.2.5", 30000, 900000, 1,
     NEAR "server=h2o heartbeat_s=30 default_s=30 set=\"fastcgi.timeout.io\"\n"},
    {ORIGIN_MOD_FCGID, "Apache/2.4.71", 39000, 270000, 1, ""},
    {ORIGIN_MOD_FCGID, "Apache/2.4.71", 40000, 270000, 1,
     NEAR "server=mod_fcgid heartbeat_s=40 default_s=40 set=\"FcgidIOTimeout\"\n"},
    {ORIGIN_CGI, "Apache/2.4.71", 60000, 900000, 1,
     NEAR "server=Apache heartbeat_s=60 default_s=60 set=\"CGIDScriptTimeout\"\n"},
    {ORIGIN_CGI, "lighttpd/1.4.69", 360000, 900000, 1,
     NEAR "server=lighttpd heartbeat_s=360 default_s=360 set=\"server.max-write-idle\"\n"},
    /* age: only mod_fcgid has such a limit; 0 is without end */
    {ORIGIN_MOD_FCGID, "", 15000, 299000, 1, ""},
    {ORIGIN_MOD_FCGID, "", 15000, 300000, 1,
     NEAR "server=mod_fcgid max_age_s=300 default_s=300 set=\"FcgidBusyTimeout\"\n"},
    {ORIGIN_MOD_FCGID, "", 15000, 0, 1,
     NEAR "server=mod_fcgid max_age_s=0 default_s=300 set=\"FcgidBusyTimeout\"\n"},
    {ORIGIN_LISTEN, "nginx/1.22.1", 15000, 0, 1, ""},
    /* streams: from four fifths on */
    {ORIGIN_LISTEN, "nginx/1.22.1", 15000, 900000, 303, ""},
    {ORIGIN_LISTEN, "nginx/1.22.1", 15000, 900000, 304,
     NEAR "server=nginx streams=304 default=380 set=\"worker_connections\"\n"},
    {ORIGIN_LISTEN, "Apache/2.4.71", 15000, 900000, 119, ""},
    {ORIGIN_LISTEN, "Apache/2.4.71", 15000, 900000, 120,
     NEAR "server=Apache streams=120 default=150 set=\"MaxRequestWorkers\"\n"},
    {ORIGIN_DESCRIPTOR, "lighttpd/1.4.69", 15000, 900000, 272, ""},
    {ORIGIN_DESCRIPTOR, "lighttpd/1.4.69", 15000, 900000, 273,
     NEAR "server=lighttpd streams=273 default=341 set=\"server.max-fds\"\n"},
    /* nobody that we know, or that has a limit */
    {ORIGIN_LISTEN, "", 3600000, 0, 100000, ""},
    {ORIGIN_LISTEN, "Caddy/v2.6.2", 3600000, 0, 100000, ""},
    {ORIGIN_LISTEN, "ngin", 3600000, 0, 100000, ""},
    {ORIGIN_CGI, "other", 3600000, 0, 100000, ""},
    /* all at once */
    {ORIGIN_LISTEN, "nginx/1.22.1", 70000, 0, 400,
     NEAR "server=nginx heartbeat_s=70 default_s=60 set=\"fastcgi_read_timeout\"\n" NEAR
          "server=nginx streams=400 default=380 set=\"worker_connections\"\n"},
};

static void cases(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct limit_case *one = &CASES[i];
        config = (struct config){.heartbeat_ms = one->heartbeat_ms, .max_age_ms = one->max_age_ms};
        advice_init(&advice, one->origin, &config);
        const char *text = given(one->software, one->streams);
        if (strcmp(text, one->said) != 0)
            fail_msg("case %zu says \"%s\", not \"%s\"", i, text, one->said);
    }
}

static void once(UNUSED void **state)
{
    config = (struct config){.heartbeat_ms = 60000};
    advice_init(&advice, ORIGIN_LISTEN, &config);
    assert_has(given("nginx/1", 1), "heartbeat_s=60");
    assert_string_equal(given("nginx/1", 2), "");
    assert_has(given("nginx/1", 304), "streams=304"); /* another kind */
    assert_string_equal(given("nginx/1", 305), "");
    assert_string_equal(given("Apache/2", 305), ""); /* another server, the same kind */
    assert_string_equal(given("nginx/1", 1), "");
    assert_string_equal(given("nginx/1", 304), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each limit is told when it is near, with its directive", cases),
        TEST("each kind of limit is told once", once),
    };

    log_init("p", LOG_INFO);
    return RUN_TESTS("advice", tests);
}
