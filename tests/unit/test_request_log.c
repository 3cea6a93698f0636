/* request_log: what is told, and what never is. */
#include "request_log.h"

#include "alloc.h"
#include "capture.h"
#include "core/log.h"
#include "test.h"

static struct capture out;

/* What is written about a request with these parameters. */
static const char *told(char *const *envp)
{
    struct params params;

    assert_int_equal(params_copy(&params, envp), 0);
    capture_begin(&out, STDERR_FILENO);
    request_log(3, &params);
    params_deinit(&params);
    return capture_end(&out);
}

static int set_up(UNUSED void **state)
{
    log_init("p", LOG_DEBUG);
    return 0;
}

static void all(UNUSED void **state)
{
    char *envp[] = {
        "HTTP_LAST_EVENT_ID=1-0", "HTTP_COOKIE=session=hush", "HTTP_AUTHORIZATION=Basic aHVzaA==",
        "REMOTE_USER=alice",      "SERVER_PROTOCOL=HTTP/1.1", "SERVER_SOFTWARE=nginx/1.22.1",
        "REQUEST_URI=/sse/a?x=1", "REQUEST_METHOD=GET",       NULL};

    assert_string_equal(
        told(envp), "p: request stream=3 method=GET uri=\"/sse/a?x=1\" server=\"nginx/1.22.1\" "
                    "protocol=HTTP/1.1 user=alice authorization=yes cookie=yes cursor=\"1-0\"\n");
    assert_int_equal(out.writes, 1);
}

static void none(UNUSED void **state)
{
    char *empty[] = {NULL};
    char *blank[] = {"REMOTE_USER=",        "HTTP_COOKIE=",    "HTTP_AUTHORIZATION=",
                     "HTTP_LAST_EVENT_ID=", "REQUEST_METHOD=", NULL};

    assert_string_equal(told(empty), "p: request stream=3 authorization=no cookie=no\n");
    assert_string_equal(told(blank), "p: request stream=3 authorization=no cookie=no\n");
}

/* However long the values are, the end of the line is there. */
static void long_values(UNUSED void **state)
{
    static const char *const NAMES[] = {"REQUEST_METHOD",  "REQUEST_URI", "SERVER_SOFTWARE",
                                        "SERVER_PROTOCOL", "REMOTE_USER", "HTTP_LAST_EVENT_ID"};
    char values[COUNT(NAMES)][4000], *envp[COUNT(NAMES) + 1];

    for (size_t i = 0; i < COUNT(NAMES); i++) {
        memset(values[i], 'v', sizeof values[i]);
        values[i][sizeof values[i] - 1] = '\0';
        memcpy(values[i], NAMES[i], strlen(NAMES[i]));
        values[i][strlen(NAMES[i])] = '=';
        envp[i] = values[i];
    }
    envp[COUNT(NAMES)] = NULL;
    const char *text = told(envp);
    assert_has(text, " authorization=no cookie=no cursor=\"vvvv");
    assert_has(text, "v\"\n");
}

static void forged(UNUSED void **state)
{
    char *envp[] = {"REQUEST_METHOD=GET user=root", "REQUEST_URI=/sse/a b?\" user=root c=\"d",
                    "REMOTE_USER=alice cookie=no\"", "HTTP_LAST_EVENT_ID=1\"\np: stopped pid=\"1",
                    NULL};

    assert_string_equal(told(envp), "p: request stream=3 method=GET?user=root "
                                    "uri=\"/sse/a b?? user=root c=?d\" user=alice?cookie=no? "
                                    "authorization=no cookie=no cursor=\"1??p: stopped pid=?1\"\n");
}

static void only_at_debug(UNUSED void **state)
{
    char *envp[] = {"REQUEST_METHOD=GET", NULL};

    log_init("p", LOG_INFO);
    struct params params;
    assert_int_equal(params_copy(&params, envp), 0);
    capture_begin(&out, STDERR_FILENO);
    alloc_fail_at(1);
    request_log(3, &params);
    assert_false(alloc_fail_never()); /* it does not even ask for memory */
    assert_string_equal(capture_end(&out), "");
    params_deinit(&params);
}

static void without_memory(UNUSED void **state)
{
    char *envp[] = {"REQUEST_METHOD=GET", NULL};
    struct params params;

    assert_int_equal(params_copy(&params, envp), 0);
    capture_begin(&out, STDERR_FILENO);
    alloc_fail_at(1);
    request_log(3, &params);
    assert_true(alloc_fail_never());
    assert_has(capture_end(&out), "p: request stream=3");
    params_deinit(&params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, NULL, "a request is one line, without its secrets", all),
        TEST_WITH(set_up, NULL, "what is empty is left out", none),
        TEST_WITH(set_up, NULL, "long values are cut, not the line", long_values),
        TEST_WITH(set_up, NULL, "no value passes for a field, or for a line", forged),
        TEST_WITH(set_up, NULL, "it costs nothing unless the level is debug", only_at_debug),
        TEST_WITH(set_up, NULL, "without memory it says less", without_memory),
    };

    return RUN_TESTS("request_log", tests);
}
