/* request: only REQUEST_URI says where a request goes, and it is decoded once. */
#include <stdio.h>

#include "request.h"
#include "test.h"

static struct config config = {.channel = "status", .mounts = {"/sse"}, .mount_count = 1};
static struct buf why;

static int set_up(UNUSED void **state)
{
    buf_init(&why, 10000);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    buf_deinit(&why);
    return 0;
}

/* Fails unless the request is for this one channel, or has this status. */
static void assert_goes_to(char *const *envp, int status, const char *channel)
{
    struct request request;
    struct params params;

    assert_int_equal(params_copy(&params, envp), 0);
    buf_clear(&why);
    int got = request_parse(&request, &params, &config, 0, &why);
    if (got != status)
        fail_msg("%s: %d %s", params_get(&params, "REQUEST_URI"), got, buf_text(&why));
    if (status == 200) {
        assert_int_equal(request.channel_count, 1);
        assert_string_equal(request.channels[0], channel);
        request_deinit(&request);
    }
    params_deinit(&params);
}

/* Each server in its own way: these are what they were seen to send, or worse. */
static void only_the_uri(UNUSED void **state)
{
    static char *const DISAGREED[] = {
        "PATH_INFO=/b",      "PATH_INFO=/sse/b",   "PATH_INFO=",
        "SCRIPT_NAME=/sse",  "SCRIPT_NAME=/sse/b", "SCRIPT_NAME=",
        "QUERY_STRING=",     "QUERY_STRING=x=%41", "QUERY_STRING=channel=b",
        "CONTENT_LENGTH=",   "CONTENT_LENGTH=0",   "CONTENT_LENGTH=-1",
        "DOCUMENT_URI=/b",   "REDIRECT_URL=/b",    "SCRIPT_FILENAME=proxy:fcgi://sse/b",
        "CONTENT_LENGTH=-x", "PATH_TRANSLATED=/b", "UNENCODED_URL=/sse/b",
    };
    char *absent[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/sse/a?x=1", NULL};

    assert_goes_to(absent, 200, "a");
    for (size_t i = 0; i < COUNT(DISAGREED); i++) {
        char *before[] = {DISAGREED[i], "REQUEST_METHOD=GET", "REQUEST_URI=/sse/a?x=1", NULL};
        char *after[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/sse/a?x=1", DISAGREED[i], NULL};
        assert_goes_to(before, 200, "a");
        assert_goes_to(after, 200, "a");
    }
    char *all[COUNT(DISAGREED) + 3] = {"REQUEST_METHOD=GET", "REQUEST_URI=/sse/a?x=1"};
    memcpy(all + 2, DISAGREED, sizeof DISAGREED);
    assert_goes_to(all, 200, "a");
    char *none[] = {"REQUEST_METHOD=GET", "PATH_INFO=/a", "SCRIPT_NAME=/sse", NULL};
    assert_goes_to(none, 500, NULL); /* nothing is guessed */
}

static void decoded_once(UNUSED void **state)
{
    static const struct {
        const char *uri;
        int status;
        const char *channel;
    } ROWS[] = {
        {"/sse/%41", 200, "A"},
        {"/sse/%2541", 400, NULL}, /* %41, and % is in no channel */
        {"/sse?channel=%41", 200, "A"},
        {"/sse?channel=%2541", 400, NULL},
        {"/sse?channel=a%252Fb", 400, NULL},
        {"/sse/jobs%2F42", 200, "jobs/42"},
        {"/sse%2Fjobs%2F42", 200, "jobs/42"},
        {"/sse/jobs%252F42", 400, NULL},
        {"/%2573se/a", 404, NULL},
        {"/sse/a%3Fchannel=b", 400, NULL}, /* a ? of the path begins no query */
        {"/sse/a+b", 400, NULL},           /* a + of the path is no space, nor in a channel */
        {"/sse/%", 400, NULL},
        {"/sse/%4", 400, NULL},
        {"/sse/%4g", 400, NULL},
        {"/sse/%%41", 400, NULL},
        {"/sse/% 41", 400, NULL},
        {"/sse/%+1", 400, NULL},
        {"/sse/a%00b", 400, NULL},
        {"/%zz", 400, NULL},
        {"/sse?channel=%", 400, NULL},
        {"/sse?channel=a%0", 400, NULL},
        {"/sse?channel=a%00", 400, NULL},
        {"/sse/a%0ab", 400, NULL},
        {"/sse/%c3%a4", 400, NULL},
    };

    for (size_t i = 0; i < COUNT(ROWS); i++) {
        char uri[100];
        char *envp[] = {"REQUEST_METHOD=GET", uri, NULL};
        snprintf(uri, sizeof uri, "REQUEST_URI=%s", ROWS[i].uri);
        assert_goes_to(envp, ROWS[i].status, ROWS[i].channel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, tear_down, "what servers disagree about makes no difference",
                  only_the_uri),
        TEST_WITH(set_up, tear_down, "percent-decoding is done once, and checked", decoded_once),
    };

    return RUN_TESTS("routing", tests);
}
