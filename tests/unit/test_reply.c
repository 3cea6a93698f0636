/* reply: headers, with and without CORS. */
#include "reply.h"

#include "alloc.h"
#include "test.h"

#define STREAM_FIELDS                                                                              \
    "Status: 200 OK\r\n"                                                                           \
    "Content-Type: text/event-stream; charset=utf-8\r\n"                                           \
    "Cache-Control: no-cache, no-transform\r\n"                                                    \
    "X-Accel-Buffering: no\r\n"                                                                    \
    "Incremental: ?1\r\n"

static char *origins[] = {"https://a.example", "http://b.example:8080", NULL};
static const struct config no_cors = {0};
static const struct config any_cors = {.any_origin = true};
static const struct config some_cors = {.origins = origins};

static void assert_stream(const struct config *config, const char *origin, const char *fields)
{
    struct buf out, expected;

    buf_init(&out, 10000);
    buf_init(&expected, 10000);
    buf_addf(&expected, "%s%s\r\n", STREAM_FIELDS, fields);
    assert_int_equal(reply_stream(&out, config, origin), 0);
    assert_buf(&out, buf_text(&expected));
    buf_deinit(&out);
    buf_deinit(&expected);
}

static void stream(UNUSED void **state)
{
    assert_stream(&no_cors, "", "");
    assert_stream(&no_cors, "https://a.example", "");
    assert_stream(&any_cors, "", "Vary: Origin\r\nAccess-Control-Allow-Origin: *\r\n");
    assert_stream(&any_cors, "https://x", "Vary: Origin\r\nAccess-Control-Allow-Origin: *\r\n");
    assert_stream(&some_cors, "", "Vary: Origin\r\n");
    assert_stream(&some_cors, "https://x", "Vary: Origin\r\n");
    assert_stream(&some_cors, "https://a.example.evil", "Vary: Origin\r\n");
    assert_stream(&some_cors, "https://A.example", "Vary: Origin\r\n");
    assert_stream(&some_cors, "http://b.example:8080",
                  "Vary: Origin\r\n"
                  "Access-Control-Allow-Origin: http://b.example:8080\r\n"
                  "Access-Control-Allow-Credentials: true\r\n");
}

static const char *options(struct buf *out, const struct config *config, const char *origin)
{
    buf_clear(out);
    assert_int_equal(reply_options(out, config, origin), 0);
    const char *text = buf_text(out);
    assert_true(strncmp(text, "Status: 204 No Content\r\n", 24) == 0);
    assert_has(text, "Allow: GET, HEAD, OPTIONS\r\n");
    assert_string_equal(text + out->len - 4, "\r\n\r\n");
    return text;
}

static void preflight(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, 10000);
    assert_has_not(options(&out, &no_cors, "https://a.example"), "Access-Control");
    assert_has_not(options(&out, &some_cors, "https://x"), "Access-Control");
    assert_has_not(options(&out, &some_cors, ""), "Access-Control");
    const char *text = options(&out, &any_cors, "https://x");
    assert_has(text, "Access-Control-Allow-Origin: *\r\n");
    assert_has(text, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n");
    assert_has(text, "Last-Event-ID");
    assert_has_not(text, "Credentials");
    text = options(&out, &some_cors, "https://a.example");
    assert_has(text, "Access-Control-Allow-Origin: https://a.example\r\n");
    assert_has(text, "Access-Control-Allow-Credentials: true\r\n");
    assert_has(text, "Access-Control-Allow-Headers: ");
    buf_deinit(&out);
}

static void refusals(UNUSED void **state)
{
    static const struct {
        int status;
        const char *line;
    } CASES[] = {
        {400, "Status: 400 Bad Request\r\n"},
        {404, "Status: 404 Not Found\r\n"},
        {405, "Status: 405 Method Not Allowed\r\n"},
        {500, "Status: 500 Internal Server Error\r\n"},
    };
    struct buf out, why;

    buf_init(&out, 10000);
    buf_init(&why, 100);
    buf_adds(&why, "The reason.\n");
    for (size_t i = 0; i < COUNT(CASES); i++) {
        buf_clear(&out);
        assert_int_equal(reply_refusal(&out, &any_cors, "", CASES[i].status, &why), 0);
        const char *text = buf_text(&out);
        assert_ptr_equal(strstr(text, CASES[i].line), text);
        assert_has(text, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_has(text, "Access-Control-Allow-Origin: *\r\n"); /* a page may read the reason */
        assert_has(text, "\r\n\r\nThe reason.\n");
        if (CASES[i].status == 405)
            assert_has(text, "Allow: GET, HEAD, OPTIONS\r\n");
        else
            assert_has_not(text, "\nAllow:");
    }
    buf_deinit(&out);
    buf_deinit(&why);
}

static void past_limit(UNUSED void **state)
{
    struct buf out, why;
    int fits = -1;

    buf_init(&why, 100);
    for (size_t max = 0; max < 1000; max++) {
        buf_init(&out, max);
        int result = reply_stream(&out, &some_cors, "https://a.example");
        assert_true(result == 0 || fits == -1); /* once it fits it fits */
        fits = result;
        buf_deinit(&out);
    }
    assert_int_equal(fits, 0);
    for (size_t max = 0; max < 100; max++) {
        buf_init(&out, max);
        assert_int_equal(reply_options(&out, &any_cors, ""), -1);
        assert_int_equal(reply_refusal(&out, &any_cors, "", 405, &why), -1);
        buf_deinit(&out);
    }
    buf_deinit(&why);
}

static int make(void *context)
{
    struct buf out, why;

    buf_init(&out, 10000);
    buf_init(&why, 100);
    int result = reply_stream(&out, &some_cors, context);
    if (result == 0)
        result = reply_options(&out, &some_cors, context);
    if (result == 0)
        result = reply_refusal(&out, &some_cors, context, 400, &why);
    buf_deinit(&out);
    buf_deinit(&why);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(3, make, "https://a.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a stream's header, and who may read it", stream),
        TEST("OPTIONS answers preflights of origins that may read", preflight),
        TEST("a refusal has its status and its reason", refusals),
        TEST("a reply past the limit fails", past_limit),
        TEST("without memory it fails", without_memory),
    };

    return RUN_TESTS("reply", tests);
}
