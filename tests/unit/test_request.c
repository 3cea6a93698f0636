/* request: from REQUEST_URI to channels, or to a reason. */
#include "request.h"

#include <stdio.h>

#include "alloc.h"
#include "core/channel.h"
#include "test.h"

#define NOW_MS 1795170075205u

static const char *last_event_id; /* the header; NULL for none */
static char *mounts_sse[] = {"/sse", "/events"};
static struct config config = {.channel = "status", .mount_count = 2};

static int set_up(UNUSED void **state)
{
    memcpy(config.mounts, mounts_sse, sizeof mounts_sse);
    config.mount_count = 2;
    last_event_id = NULL;
    return 0;
}

static int parse(struct request *request, const char *method, const char *uri, struct buf *why)
{
    char method_entry[64], uri_entry[20000], id_entry[200];
    char *envp[] = {method_entry, uri_entry, last_event_id != NULL ? id_entry : NULL, NULL};
    struct params params;

    snprintf(method_entry, sizeof method_entry, "REQUEST_METHOD=%s", method);
    snprintf(uri_entry, sizeof uri_entry, "REQUEST_URI=%s", uri);
    snprintf(id_entry, sizeof id_entry, "HTTP_LAST_EVENT_ID=%s",
             last_event_id ? last_event_id : "");
    if (params_copy(&params, envp) < 0)
        return -1;
    int status = request_parse(request, &params, &config, NOW_MS, why);
    params_deinit(&params);
    return status;
}

/* A row: `expected` are the channels with spaces between, and "wrap" in front if it is set; or for
 * another status than 200 a part of the reason. */
struct row {
    const char *uri;
    int status;
    const char *expected;
};

static void describe(struct buf *out, const struct request *request)
{
    if (request->wrap)
        buf_adds(out, "wrap ");
    if (request->heartbeat)
        buf_adds(out, "heartbeat ");
    for (size_t i = 0; i < request->channel_count; i++)
        buf_addf(out, "%s%s", i > 0 ? " " : "", request->channels[i]);
}

static void check_row(const struct row *row)
{
    struct request request;
    struct buf why, got;

    buf_init(&why, 10000);
    buf_init(&got, 10000);
    memset(&request, 0x55, sizeof request);
    int status = parse(&request, "GET", row->uri, &why);
    if (status != row->status)
        fail_msg("%s: %d %s", row->uri, status, buf_text(&why));
    if (status == 200) {
        describe(&got, &request);
        if (strcmp(buf_text(&got), row->expected) != 0)
            fail_msg("%s: %s", row->uri, got.data);
        assert_int_equal(why.len, 0);
        request_deinit(&request);
    } else {
        assert_has(buf_text(&why), row->expected);
        assert_int_equal(why.data[why.len - 1], '\n');
    }
    assert_null(request.channels);
    assert_int_equal(request.channel_count, 0);
    buf_deinit(&why);
    buf_deinit(&got);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
}

static void good_uris(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {"/sse", 200, "status"},
        {"/sse/", 200, "status"},
        {"/sse?", 200, "status"},
        {"/sse/?", 200, "status"},
        {"/events", 200, "status"},
        {"/sse/jobs/42", 200, "jobs/42"},
        {"/events/jobs/42", 200, "jobs/42"},
        {"/sse/jobs/*", 200, "jobs/*"},
        {"/sse/*", 200, "*"},
        {"/sse/jobs%2F42", 200, "jobs/42"},
        {"/sse/jobs%2f%2a", 200, "jobs/*"},
        {"/%73se/a", 200, "a"},
        {"/sse?channel=jobs/42", 200, "jobs/42"},
        {"/sse?topic=jobs/42", 200, "jobs/42"},
        {"/sse?channel=a&channel=b", 200, "a b"},
        {"/sse?channel=a,b,c", 200, "a b c"},
        {"/sse?channel=a%2Cb", 200, "a b"},
        {"/sse?channel=b,a,b&topic=a&channel=c", 200, "b a c"},
        {"/sse/x?channel=a&topic=x", 200, "x a"},
        {"/sse?channel=*,a", 200, "* a"},
        {"/sse?channel=jobs%2F*", 200, "jobs/*"},
        {"/sse?ch%61nnel=a", 200, "a"},
        {"/sse?wrap=1", 200, "wrap status"},
        {"/sse?wrap=0", 200, "status"},
        {"/sse?wrap=1&wrap=0", 200, "status"},
        {"/sse/a?wrap=%31", 200, "wrap a"},
        {"/sse/a?heartbeat=1&wrap=1", 200, "wrap heartbeat a"},
        {"/sse/a?heartbeat=0", 200, "a"},
        {"/sse?other=%zz&_=1&&=&x", 200, "status"},
        {"/sse?%zz=1", 200, "status"},
        {"/sse?last_event_id=1-1", 200, "status"},
        {"/sse?channel=a?b=c&", 400, "a?b=c"},
        {"/sse?Channel=a", 200, "status"},
        {"http://host:80/sse/a?channel=b", 200, "a b"},
        {"https://host/sse", 200, "status"},
        {"/sse?channel=a#b", 400, "a#b"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

static void bad_uris(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {"/", 404, "/sse"},
        {"/other", 404, "\"/other\""},
        {"/ssex", 404, "/ssex"},
        {"/ss", 404, "SSE_MOUNT"},
        {"/SSE", 404, "/SSE"},
        {"//sse", 404, "//sse"},
        {"sse", 404, "sse"},
        {"http://host", 404, "\"/\""},
        {"http://host?channel=a", 404, "/sse"},
        {"*", 404, "*"},
        {"?channel=a", 404, "/sse"},
        {"/sse//", 400, "empty part"},
        {"/sse//a", 400, "empty part"},
        {"/sse/a/", 400, "empty part"},
        {"/sse/-/health", 400, "starts with -"},
        {"/sse/a b", 400, "a b"},
        {"/sse/a*", 400, "*"},
        {"/sse/%", 400, "%25"},
        {"/sse/%4", 400, "%25"},
        {"/sse/%zz", 400, "%zz"},
        {"/sse/%00", 400, "%"},
        {"/sse/%41%zz", 400, "/sse/%41%zz"}, /* as it was sent */
        {"/sse?channel=", 400, "empty"},
        {"/sse?channel", 400, "empty"},
        {"/sse?channel=a,", 400, "empty"},
        {"/sse?channel=,a", 400, "empty"},
        {"/sse?channel=a&channel=b%20c", 400, "b c"},
        {"/sse?channel=a+b", 400, "a b"},
        {"/sse?channel=%zz", 400, "%zz"},
        {"/sse?channel=%41%zz", 400, "\"%41%zz\""}, /* as it was sent */
        {"/sse?channel=%c3%a4", 400, "\xc3\xa4"},
        {"/sse?topic=-a", 400, "starts with -"},
        {"/sse?wrap=2", 400, "wrap"},
        {"/sse?heartbeat=2", 400, "heartbeat"},
        {"/sse?wrap=", 400, "0 or 1"},
        {"/sse?wrap", 400, "0 or 1"},
        {"/sse?wrap=true", 400, "true"},
    };

    check_rows(ROWS, COUNT(ROWS));
}

/* The header of a request, and of the query what start_query knows. */
static void starts(UNUSED void **state)
{
    static const struct {
        const char *header, *query;
        int status;
        struct start start;
        const char *why;
    } ROWS[] = {
        {NULL, "", 200, {START_LAST, 1, {0, 0}}, ""},
        {NULL, "last=5", 200, {START_LAST, 5, {0, 0}}, ""},
        {NULL, "since=1s&wrap=1", 200, {START_SINCE, 0, {NOW_MS - 1000, 0}}, ""},
        {NULL, "lastEventId=7%2d3", 200, {START_AFTER, 0, {7, 3}}, ""},
        {"9-1", "lastEventId=7-3&since=all", 200, {START_AFTER, 0, {9, 1}}, ""},
        {"foreign", "last=0", 200, {START_AFTER, 0, {0, 0}}, ""},
        {NULL, "last_event_id=42", 400, {0}, "parameter last_event_id has the value \"42\" but"},
        {"9-1", "since=x", 400, {0}, "since has the value \"x\" but must be all"},
        {NULL, "last=%zz", 400, {0}, "%25"},
    };

    for (size_t i = 0; i < COUNT(ROWS); i++) {
        char uri[100];
        struct request request;
        struct buf why;
        buf_init(&why, 1000);
        last_event_id = ROWS[i].header;
        snprintf(uri, sizeof uri, "/sse/a?%s", ROWS[i].query);
        assert_int_equal(parse(&request, "GET", uri, &why), ROWS[i].status);
        assert_int_equal(request.start.kind, ROWS[i].start.kind);
        assert_int_equal(request.start.count, ROWS[i].start.count);
        assert_int_equal(event_id_compare(request.start.after, ROWS[i].start.after), 0);
        assert_has(buf_text(&why), ROWS[i].why);
        if (ROWS[i].status == 200)
            request_deinit(&request);
        buf_deinit(&why);
    }
}

static void mounted_on_top(UNUSED void **state)
{
    static const struct row ROWS[] = {
        {"/", 200, "status"},      {"/jobs/42", 200, "jobs/42"}, {"/sse", 200, "sse"},
        {"/?channel=a", 200, "a"}, {"jobs", 404, "at /"},
    };

    config.mounts[0] = "";
    config.mount_count = 1;
    check_rows(ROWS, COUNT(ROWS));
}

static void long_values_are_cut(UNUSED void **state)
{
    char uri[1000] = "/sse?channel=";
    struct request request;
    struct buf why;

    memset(uri + strlen(uri), 'x', 500);
    buf_init(&why, 10000);
    assert_int_equal(parse(&request, "GET", uri, &why), 400);
    assert_has(buf_text(&why), "xxx...\" is too long");
    assert_true(why.len < 300);
    buf_deinit(&why);
}

static void too_many_channels(UNUSED void **state)
{
    struct request request;
    struct buf uri, why;

    buf_init(&uri, 10000);
    buf_init(&why, 10000);
    buf_adds(&uri, "/sse?channel=c0");
    for (int i = 1; i < REQUEST_CHANNELS_MAX; i++)
        buf_addf(&uri, ",c%d", i);
    buf_adds(&uri, "&channel=c5&channel=c7"); /* again: not counted */
    assert_int_equal(parse(&request, "GET", buf_text(&uri), &why), 200);
    assert_int_equal(request.channel_count, REQUEST_CHANNELS_MAX);
    assert_string_equal(request.channels[99], "c99");
    request_deinit(&request);
    buf_adds(&uri, ",c100");
    assert_int_equal(parse(&request, "GET", buf_text(&uri), &why), 400);
    assert_has(buf_text(&why), "at most 100");
    buf_deinit(&uri);
    buf_deinit(&why);
}

static void methods(UNUSED void **state)
{
    static const char *const BAD[] = {
        "POST", "PUT", "get", "", "GETX", "DELETE", "AVERYLONGMETHODTHATGOESONANDON"};
    struct request request;
    struct buf why;

    buf_init(&why, 10000);
    assert_int_equal(parse(&request, "GET", "/sse", &why), 200);
    assert_int_equal(request.method, REQUEST_GET);
    request_deinit(&request);
    assert_int_equal(parse(&request, "HEAD", "/sse/a", &why), 200);
    assert_int_equal(request.method, REQUEST_HEAD);
    request_deinit(&request);
    assert_int_equal(parse(&request, "HEAD", "/sse/a b", &why), 400);
    buf_clear(&why);
    assert_int_equal(parse(&request, "OPTIONS", "*", &why), 200);
    assert_int_equal(request.method, REQUEST_OPTIONS);
    request_deinit(&request);
    assert_int_equal(why.len, 0);
    for (size_t i = 0; i < COUNT(BAD); i++) {
        buf_clear(&why);
        assert_int_equal(parse(&request, BAD[i], "/sse", &why), 405);
        assert_has(buf_text(&why), "GET");
        assert_null(request.channels);
    }
    buf_deinit(&why);
}

static void no_uri(UNUSED void **state)
{
    struct params params = {0};
    struct request request;
    struct buf why;

    buf_init(&why, 10000);
    assert_int_equal(request_parse(&request, &params, &config, NOW_MS, &why), 500);
    assert_has(buf_text(&why), "REQUEST_URI");
    assert_null(request.channels);
    buf_deinit(&why);
}

static void random_uri(char *uri, size_t room, uint64_t *seed)
{
    static const char *const PARTS[] = {
        "/sse",           "/events", "?", "&",  "=",   ",", "%",   "channel=", "topic=",
        "wrap=",          "*",       "/", "%2", "%2f", "a", "%00", "since=",   "last=",
        "last_event_id=", "1",       "0", "-",  "m"};
    size_t len = 0;

    for (uint32_t n = next_random(seed) % 12; n > 0; n--) {
        const char *part = PARTS[next_random(seed) % COUNT(PARTS)];
        char bytes[] = {(char)(1 + next_random(seed) % 255), (char)(1 + next_random(seed) % 255),
                        0};
        if (next_random(seed) % 3 == 0)
            part = bytes;
        len += (size_t)snprintf(uri + len, room - len, "%s", part);
    }
    uri[len] = '\0';
}

static void random_uris(UNUSED void **state)
{
    uint64_t seed = 13;
    int good = 0;
    struct buf why;

    buf_init(&why, 10000);
    for (int round = 0; round < 100000; round++) {
        struct request request;
        char uri[200] = "/sse";
        random_uri(uri + (round % 2 ? 4 : 0), 150, &seed);
        buf_clear(&why);
        int status = parse(&request, "GET", uri, &why);
        if (status == 200) {
            good++;
            assert_in_range(request.channel_count, 1, REQUEST_CHANNELS_MAX);
            for (size_t i = 0; i < request.channel_count; i++)
                assert_null(
                    channel_check_pattern(request.channels[i], strlen(request.channels[i])));
            request_deinit(&request);
        } else {
            assert_true(status == 400 || status == 404 || (status == 500 && *uri == '\0'));
            assert_true(why.len > 0);
        }
    }
    assert_in_range(good, 1000, 99000); /* both ways are tried */
    buf_deinit(&why);
}

/* Each allocation of the request itself; that of the parameters, which is the first, is not its. */
static void without_memory(UNUSED void **state)
{
    static char why_bytes[1000];

    for (unsigned long n = 2;; n++) {
        struct buf why = {.data = why_bytes, .cap = sizeof why_bytes, .max = sizeof why_bytes};
        struct request request;
        alloc_fail_at(n);
        int status = parse(&request, "GET", "/sse/x?channel=a,b&topic=c", &why);
        if (!alloc_fail_never()) {
            assert_int_equal(status, 200);
            request_deinit(&request);
            assert_true(n > 8);
            return;
        }
        assert_int_equal(status, 500);
        assert_null(request.channels);
        assert_has(buf_text(&why), "memory");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, NULL, "channels come from path and query", good_uris),
        TEST_WITH(set_up, NULL, "what is wrong is said with what it is", bad_uris),
        TEST_WITH(set_up, NULL, "it says where to start", starts),
        TEST_WITH(set_up, NULL, "the whole server can be the mount", mounted_on_top),
        TEST_WITH(set_up, NULL, "a long bad value is cut", long_values_are_cut),
        TEST_WITH(set_up, NULL, "a stream follows at most 100 channels", too_many_channels),
        TEST_WITH(set_up, NULL, "methods other than GET, HEAD, OPTIONS are refused", methods),
        TEST_WITH(set_up, NULL, "without REQUEST_URI the web server is to blame", no_uri),
        TEST_WITH(set_up, NULL, "random URIs are answered", random_uris),
        TEST_WITH(set_up, NULL, "without memory nothing is held", without_memory),
    };

    return RUN_TESTS("request", tests);
}
