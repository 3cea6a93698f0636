/* cgi: when the request arrives, with what, and what is left behind. */
#include "cgi.h"

#include <fcntl.h>

#include "alloc.h"
#include "folder.h"
#include "loop.h"
#include "record.h"
#include "test.h"

static int descriptors;
static struct test_loop loop;
static struct cgi *cgi;
static int input, output, body, answer; /* ours and the web server's ends */
static struct arrival arrived;
static int arrivals;

static void on_arrival(void *context, const struct arrival *arrival)
{
    assert_ptr_equal(context, &loop);
    arrived = *arrival;
    arrivals++;
}

static int set_up(UNUSED void **state)
{
    int pipes[2][2];

    descriptors = open_descriptors();
    loop_open(&loop);
    assert_int_equal(pipe(pipes[0]), 0);
    assert_int_equal(pipe(pipes[1]), 0);
    input = pipes[0][0];
    body = pipes[0][1];
    answer = pipes[1][0];
    output = pipes[1][1];
    arrived = (struct arrival){0};
    arrivals = 0;
    return 0;
}

static int tear_down(UNUSED void **state)
{
    cgi_free(cgi);
    cgi = NULL;
    loop_close(&loop);
    params_deinit(&arrived.params);
    close(input);
    close(output);
    close(answer);
    if (body >= 0)
        close(body);
    int left = open_descriptors();
    if (left != descriptors)
        print_error("%d descriptors are left over\n", left - descriptors);
    return left == descriptors ? 0 : -1;
}

static void begin(char *const *environment)
{
    cgi = cgi_new(&loop.loop, input, output, environment, on_arrival, &loop);
    assert_non_null(cgi);
    assert_false(cgi_is_spent(cgi));
    assert_int_equal(arrivals, 0); /* not before the loop runs */
}

static void begin_with(char *content_length)
{
    char *environment[] = {"REQUEST_METHOD=POST", content_length, NULL};

    begin(environment);
}

static bool has_arrived(UNUSED void *context)
{
    return arrivals > 0;
}

static void await_arrival(void)
{
    loop_wait(&loop, has_arrived, NULL);
    for (int i = 0; i < 5; i++)
        loop_turn(&loop);
    assert_int_equal(arrivals, 1);
    assert_true(cgi_is_spent(cgi));
    assert_false(fcntl(input, F_GETFL) & O_NONBLOCK); /* others may have it still */
}

static void assert_not_yet(void)
{
    for (int i = 0; i < 10; i++)
        loop_turn(&loop);
    assert_int_equal(arrivals, 0);
    assert_false(cgi_is_spent(cgi));
}

/* Nobody has to say that there is no body. */
static void without_body(UNUSED void **state)
{
    char *environment[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/sse/a", NULL};

    begin(environment);
    await_arrival();
    assert_int_equal(arrived.fd, output);
    assert_int_equal(arrived.request_id, RECORD_UNFRAMED);
    assert_string_equal(params_get(&arrived.params, "REQUEST_URI"), "/sse/a");
}

static void no_length(UNUSED void **state)
{
    static char *const LENGTHS[] = {"CONTENT_LENGTH=", "CONTENT_LENGTH=0", "CONTENT_LENGTH=-1",
                                    "CONTENT_LENGTH=x"};

    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        arrivals = 0;
        begin_with(LENGTHS[i]);
        await_arrival();
        cgi_free(cgi);
        params_deinit(&arrived.params);
    }
    cgi = NULL;
}

static void body_by_length(UNUSED void **state)
{
    begin_with("CONTENT_LENGTH=4");
    assert_not_yet();
    assert_int_equal(write(body, "da", 2), 2);
    assert_not_yet();
    assert_int_equal(write(body, "ta", 2), 2);
    await_arrival();
}

static void body_that_ends(UNUSED void **state)
{
    begin_with("CONTENT_LENGTH=1000");
    assert_int_equal(write(body, "data", 4), 4);
    assert_not_yet();
    close(body);
    body = -1;
    await_arrival();
}

static void body_without_length(UNUSED void **state)
{
    begin_with("HTTP_TRANSFER_ENCODING=chunked");
    assert_int_equal(write(body, "data", 4), 4);
    assert_not_yet();
    close(body);
    body = -1;
    await_arrival();
}

static bool is_written(void *left)
{
    static const char bytes[65536];
    size_t *len = left;
    ssize_t n = write(body, bytes, *len < sizeof bytes ? *len : sizeof bytes);

    *len -= n > 0 ? (size_t)n : 0;
    return *len == 0;
}

static void long_body(UNUSED void **state)
{
    size_t left = 3000000;

    fcntl(body, F_SETFL, O_NONBLOCK);
    begin_with("CONTENT_LENGTH=3000000");
    loop_wait(&loop, is_written, &left);
    await_arrival();
}

static void slow_body(UNUSED void **state)
{
    uint64_t began = uv_hrtime();

    begin_with("CONTENT_LENGTH=4");
    assert_int_equal(write(body, "da", 2), 2);
    await_arrival();
    assert_in_range((uv_hrtime() - began) / 1000000, 4500, 15000);
}

static void body_in_a_file(UNUSED void **state)
{
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

    dup2(file, input);
    close(file);
    begin_with("CONTENT_LENGTH=4");
    await_arrival();
}

static void freed_before(UNUSED void **state)
{
    begin_with("CONTENT_LENGTH=4");
    assert_not_yet();
    cgi_free(cgi);
    cgi = NULL;
    assert_false(fcntl(input, F_GETFL) & O_NONBLOCK);
}

static void can_answer(UNUSED void **state)
{
    struct buf why;
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    int closed = dup(file);

    buf_init(&why, 1000);
    assert_true(cgi_can_answer(output, &why));
    assert_int_equal(why.len, 0);
    assert_false(cgi_can_answer(file, &why));
    assert_has(buf_text(&why), "standard output");
    buf_clear(&why);
    close(closed); /* the next descriptor gets its number */
    assert_false(cgi_can_answer(closed, &why));
    assert_has(buf_text(&why), "standard output");
    close(file);
    buf_deinit(&why);
}

static int make(UNUSED void *context)
{
    char *environment[] = {"CONTENT_LENGTH=4", NULL};

    cgi_free(cgi);
    cgi = cgi_new(&loop.loop, input, output, environment, on_arrival, &loop);
    return cgi != NULL ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(2, make, NULL);
    cgi_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("a request without a body arrives at once", without_body),
        CASE("a length that is none is no body", no_length),
        CASE("a body has its length, whether its end is said or not", body_by_length),
        CASE("a body that ends too early has ended", body_that_ends),
        CASE("a body without a length ends", body_without_length),
        CASE("a long body is read whole", long_body),
        CASE("a slow body is waited for, but not for long", slow_body),
        CASE("a body in a file is nobody's concern", body_in_a_file),
        CASE("it may be freed before the request arrives", freed_before),
        CASE("what cannot be waited on is told", can_answer),
        CASE("without memory there is none", without_memory),
    };

    loop_warm_up();
    return RUN_TESTS("cgi", tests);
}
