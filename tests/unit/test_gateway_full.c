/* gateway: no descriptor is left to accept with, or to read with. */
#include <sys/resource.h>

#include "capture.h"
#include "gateway_fixture.h"

#define CLIENTS 3
#define MANY    100

static struct rlimit before;
static struct capture capture;
static int clients[CLIENTS];

/* From now on `spare` more descriptors can be had: all below the lowest free one are in use. */
static void leave(int spare)
{
    struct rlimit limit = before;
    int lowest = dup(f.listen_fd);

    close(lowest);
    limit.rlim_cur = (rlim_t)(lowest + spare);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void come(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, folder_path(&f.folder, "socket"));
    ask(1, "/x");
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(connect(clients[i], (struct sockaddr *)&address, sizeof address), 0);
        send_bytes(clients[i], f.request.data, f.request.len);
    }
}

/* Clients come while only `spare` descriptors are left. */
static void come_with(int spare)
{
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    capture_begin(&capture, STDERR_FILENO);
    leave(spare);
    come();
}

static bool has_logged(UNUSED void *context)
{
    char byte;

    return recv(capture.from, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
}

static const char *relieve(void)
{
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    return capture_end(&capture);
}

static void close_clients(void)
{
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
}

/* Nobody is hung up on; all are served once there are descriptors. */
static void check_recovery(int spare, const char *event)
{
    come_with(spare);
    loop_wait(&f.loop, has_logged, NULL);
    assert_int_equal(f.count, 0);
    const char *text = relieve();
    assert_has(text, event);
    assert_has(text, "Too many open files");
    assert_int_equal(capture.writes, 1);
    await_arrivals(CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        assert_false(is_hung_up(&clients[i]));
    close_clients();
}

static void none_to_accept_with(UNUSED void **state)
{
    check_recovery(0, "cannot-accept");
}

static void none_to_read_with(UNUSED void **state)
{
    check_recovery(1, "cannot-accept");
}

/* What is read gives its descriptors back, and the next is read. */
static void few(UNUSED void **state)
{
    come_with(2);
    for (size_t i = 1; i <= CLIENTS; i++) {
        await_arrivals(i);
        close(f.arrivals[i - 1].fd); /* the stream ends */
        f.arrivals[i - 1].fd = -1;
    }
    relieve();
    close_clients();
}

static bool is_quiet(UNUSED void *context)
{
    return gateway_is_quiet(f.gateway);
}

static void stops_without(UNUSED void **state)
{
    come_with(1);
    loop_wait(&f.loop, has_logged, NULL);
    gateway_stop(f.gateway);
    loop_wait(&f.loop, is_quiet, NULL);
    relieve();
    assert_int_equal(f.count, 0);
    close_clients();
}

/* Another process may have the socket, too: here it is this test. The loop does not run at first,
 * so that the gateway is soon full of requests that have not arrived. */
static void shut_leaves_what_waits(UNUSED void **state)
{
    int many[MANY];
    size_t left = 0;

    gateway_set_streams(f.gateway, SIZE_MAX / 2); /* few may wait in it */
    for (int i = 0; i < MANY; i++)
        many[i] = send_request("/x");
    gateway_shut(f.gateway);
    loop_wait(&f.loop, is_quiet, NULL);
    for (int fd; (fd = accept(f.listen_fd, NULL, NULL)) >= 0; left++)
        close(fd);
    assert_int_equal(f.count + left, MANY);
    assert_true(left > 0);
    for (int i = 0; i < MANY; i++)
        close(many[i]);
}

/* A client on 127.0.0.`last`, which asks unless it may not connect. */
static int come_from(uint8_t last, const struct sockaddr_in *to)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)to, sizeof *to), 0);
    if (last == 1)
        send_bytes(fd, f.request.data, f.request.len);
    return fd;
}

/* The gateway is full, so all of these wait for it to stop. */
static void stops_behind_the_unwelcome(UNUSED void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int many[2 * MANY + 1];

    gateway_free(f.gateway);
    close(f.listen_fd);
    setenv("FCGI_WEB_SERVER_ADDRS", "127.0.0.1", 1);
    f.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f.listen_fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(f.listen_fd, 1024), 0);
    assert_int_equal(getsockname(f.listen_fd, (struct sockaddr *)&address, &len), 0);
    f.gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
    assert_non_null(f.gateway);
    gateway_set_streams(f.gateway, SIZE_MAX / 2); /* few may wait in it */
    ask(1, "/x");
    for (int i = 0; i < 2 * MANY; i++)
        many[i] = come_from(i < MANY ? 1 : 2, &address);
    many[2 * MANY] = come_from(1, &address);
    gateway_stop(f.gateway);
    loop_wait(&f.loop, is_quiet, NULL);
    assert_int_equal(f.count, MANY + 1);
    for (size_t i = 0; i < COUNT(many); i++)
        close(many[i]);
    unsetenv("FCGI_WEB_SERVER_ADDRS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(gateway_set_up, gateway_tear_down, sentence, function)
        CASE("with no descriptor to accept with clients wait", none_to_accept_with),
        CASE("with none to read with they wait as well", none_to_read_with),
        CASE("with two they are served one by one", few),
        CASE("with none it can be stopped", stops_without),
        CASE("one that stops serves who waits behind the unwelcome", stops_behind_the_unwelcome),
        CASE("one that is shut leaves what waits to others", shut_leaves_what_waits),
    };

    log_init("test", LOG_ERROR);
    loop_warm_up();
    return RUN_TESTS("gateway_full", tests);
}
