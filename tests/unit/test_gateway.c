/* gateway: requests as they should be, however they come. */
#include "gateway_fixture.h"

static void arrives_with_params(UNUSED void **state)
{
    int fd = send_request("/sse/jobs/42?x=%20y");

    await_arrivals(1);
    assert_string_equal(uri_of(0), "/sse/jobs/42?x=%20y");
    assert_string_equal(params_get(&f.arrivals[0].params, "REQUEST_METHOD"), "GET");
    assert_string_equal(params_get(&f.arrivals[0].params, "EMPTY"), "");
    assert_int_equal(f.arrivals[0].request_id, 1);
    /* The connection is the stream's: bytes go through to the web server. */
    char byte = 0;
    send_bytes(f.arrivals[0].fd, "x", 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(recv(f.arrivals[0].fd, &byte, 1, MSG_DONTWAIT), -1); /* nothing unread */
    assert_int_equal(errno, EAGAIN);
    close(fd);
}

static void kept_connection_and_other_id(UNUSED void **state)
{
    int fd = dial();

    put_request(&f.request, 300, 1, "/keep");
    send_bytes(fd, f.request.data, f.request.len);
    await_arrivals(1);
    assert_int_equal(f.arrivals[0].request_id, 300);
    assert_string_equal(uri_of(0), "/keep");
    close(fd);
}

static void split_at_every_point(UNUSED void **state)
{
    ask(1, "/split");
    for (size_t at = 1; at < f.request.len; at++) {
        int fd = dial();
        send_bytes(fd, f.request.data, at);
        loop_wait(&f.loop, is_read, &fd);
        assert_int_equal(f.count, 0);
        send_bytes(fd, f.request.data + at, f.request.len - at);
        await_arrivals(1);
        assert_string_equal(uri_of(0), "/split");
        assert_int_equal(params_get(&f.arrivals[0].params, "EMPTY")[0], 0);
        close(fd);
        close(f.arrivals[0].fd);
        params_deinit(&f.arrivals[0].params);
        f.count = 0;
    }
}

static void in_single_bytes(UNUSED void **state)
{
    int fd = dial();

    ask(1, "/single");
    for (size_t at = 0; at < f.request.len; at++) {
        assert_int_equal(f.count, 0);
        send_bytes(fd, f.request.data + at, 1);
        loop_wait(&f.loop, is_read, &fd);
    }
    await_arrivals(1);
    assert_string_equal(uri_of(0), "/single");
    close(fd);
}

static void long_params(UNUSED void **state)
{
    static char uri[40000];
    int fd;

    memset(uri, 'u', sizeof uri - 1);
    fd = send_request(uri);
    await_arrivals(1);
    assert_string_equal(uri_of(0), uri);
    close(fd);
}

/* The parameters in many records, cut within names and lengths. */
static void params_in_small_records(UNUSED void **state)
{
    const unsigned char begin[] = {0, 1, 0, 0, 0, 0, 0, 0};
    struct buf params;
    int fd = dial();

    buf_init(&params, 1000);
    put_param(&params, "REQUEST_METHOD", "GET");
    put_param(&params, "REQUEST_URI", "/small");
    put_record(&f.request, FCGI_MODEL_BEGIN, 1, begin, sizeof begin);
    for (size_t at = 0; at < params.len; at += 3)
        put_record(&f.request, FCGI_MODEL_PARAMS, 1, params.data + at,
                   params.len - at < 3 ? params.len - at : 3);
    put_record(&f.request, FCGI_MODEL_PARAMS, 1, "", 0);
    put_record(&f.request, FCGI_MODEL_STDIN, 1, "", 0);
    send_bytes(fd, f.request.data, f.request.len);
    await_arrivals(1);
    assert_string_equal(uri_of(0), "/small");
    buf_deinit(&params);
    close(fd);
}

/* Until the empty record the body is not over; after it nothing is left on the socket. */
static void body_is_drained(UNUSED void **state)
{
    static char body[50000];
    struct buf end;
    int fd = dial();
    char byte;

    ask(1, "/body");
    f.request.len -= 8; /* without the end of STDIN */
    send_bytes(fd, f.request.data, f.request.len);
    buf_init(&end, SIZE_MAX);
    for (int i = 0; i < 5; i++)
        put_record(&end, FCGI_MODEL_STDIN, 1, body, sizeof body);
    send_bytes(fd, end.data, end.len);
    loop_wait(&f.loop, is_read, &fd);
    assert_int_equal(f.count, 0);
    assert_false(gateway_is_quiet(f.gateway));
    buf_clear(&end);
    put_record(&end, FCGI_MODEL_STDIN, 1, "", 0);
    send_bytes(fd, end.data, end.len);
    await_arrivals(1);
    assert_int_equal(recv(f.arrivals[0].fd, &byte, 1, MSG_DONTWAIT), -1);
    buf_deinit(&end);
    close(fd);
}

static void many_at_once(UNUSED void **state)
{
    bool seen[100] = {false};
    int fds[100];

    ask(1, "/number/00");
    for (int i = 0; i < 100; i++) { /* all begin before any of them ends */
        fds[i] = dial();
        send_bytes(fds[i], f.request.data, 10);
    }
    for (int i = 99; i >= 0; i--) {
        char uri[20];
        snprintf(uri, sizeof uri, "/number/%02d", i);
        ask(1, uri);
        send_bytes(fds[i], f.request.data + 10, f.request.len - 10);
    }
    await_arrivals(100);
    for (size_t i = 0; i < 100; i++)
        seen[atoi(uri_of(i) + strlen("/number/"))] = true;
    for (size_t i = 0; i < 100; i++) {
        assert_true(seen[i]);
        close(fds[i]);
    }
}

static void one_after_the_other(UNUSED void **state)
{
    for (size_t i = 0; i < 200; i++) {
        int fd = send_request("/again");
        await_arrivals(i + 1);
        close(fd);
    }
}

static bool is_quiet(UNUSED void *context)
{
    return gateway_is_quiet(f.gateway);
}

static void tells_when_it_is_quiet(UNUSED void **state)
{
    assert_true(gateway_is_quiet(f.gateway));
    int fd = dial();
    ask(1, "/x");
    send_bytes(fd, f.request.data, 20);
    loop_wait(&f.loop, is_read, &fd);
    assert_false(gateway_is_quiet(f.gateway));
    send_bytes(fd, f.request.data + 20, f.request.len - 20);
    await_arrivals(1);
    loop_wait(&f.loop, is_quiet, NULL);
    close(fd);
}

static void non_blocking_socket(UNUSED void **state)
{
    gateway_free(f.gateway);
    fcntl(f.listen_fd, F_SETFL, fcntl(f.listen_fd, F_GETFL) | O_NONBLOCK);
    f.gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
    int fd = send_request("/x");
    await_arrivals(1);
    assert_true(fcntl(f.listen_fd, F_GETFL) & O_NONBLOCK); /* as it was */
    close(fd);
}

/* A gateway on TCP with FCGI_WEB_SERVER_ADDRS set to `addresses`. */
static int dial_tcp(const char *addresses)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    gateway_free(f.gateway);
    close(f.listen_fd);
    f.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f.listen_fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(f.listen_fd, 16), 0);
    getsockname(f.listen_fd, (struct sockaddr *)&address, &len);
    setenv("FCGI_WEB_SERVER_ADDRS", addresses, 1);
    f.gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, len), 0);
    return fd;
}

static void only_from_listed_addresses(UNUSED void **state)
{
    static const char *const GOOD[] = {"127.0.0.1", "10.0.0.1,127.0.0.1", "::1, 127.0.0.1"};
    static const char *const BAD[] = {"10.0.0.1", "127.0.0.11", "127.0.0", "127.0.0.1.1,x", "::1"};

    for (size_t i = 0; i < COUNT(GOOD); i++) {
        int fd = dial_tcp(GOOD[i]);
        ask(1, "/x");
        send_bytes(fd, f.request.data, f.request.len);
        await_arrivals(i + 1);
        close(fd);
    }
    for (size_t i = 0; i < COUNT(BAD); i++) {
        int fd = dial_tcp(BAD[i]);
        loop_wait(&f.loop, is_hung_up, &fd);
        close(fd);
    }
    assert_int_equal(f.count, COUNT(GOOD));
    unsetenv("FCGI_WEB_SERVER_ADDRS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(gateway_set_up, gateway_tear_down, sentence, function)
        CASE("a request arrives with its parameters and its connection", arrives_with_params),
        CASE("a connection to be kept, and another request id", kept_connection_and_other_id),
        CASE("a request may be cut at every point", split_at_every_point),
        CASE("a request may come in single bytes", in_single_bytes),
        CASE("long parameters arrive", long_params),
        CASE("parameters may come in small records", params_in_small_records),
        CASE("a body is read to its end first", body_is_drained),
        CASE("a hundred requests come at once", many_at_once),
        CASE("two hundred requests come one after the other", one_after_the_other),
        CASE("it tells when it is quiet", tells_when_it_is_quiet),
        CASE("a non-blocking socket is fine", non_blocking_socket),
        CASE("FCGI_WEB_SERVER_ADDRS says who may connect", only_from_listed_addresses),
    };

    log_init("test", LOG_ERROR);
    loop_warm_up();
    return RUN_TESTS("gateway", tests);
}
