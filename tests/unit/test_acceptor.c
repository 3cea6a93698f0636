/* acceptor: a shared listening socket, stopping, addresses that may connect, no descriptors. */
#include "acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

/* A listening socket on a free port of a loopback address; v4-mapped for "::". */
static int listen_on(int family, struct sockaddr_storage *address)
{
    socklen_t len = sizeof *address;
    int fd = socket(family, SOCK_STREAM, 0);

    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    if (family == AF_INET)
        ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

/* A client of 127.0.0.1 on the port of `address`. */
static int connect_to(const struct sockaddr_storage *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_port = ((const struct sockaddr_in *)address)->sin_port; /* the same place for IPv6 */
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void blocking_connection(UNUSED void **state)
{
    struct sockaddr_storage address;
    struct acceptor acceptor;
    int listener = listen_on(AF_INET, &address);

    assert_int_equal(acceptor_init(&acceptor, listener), 0);
    int client = connect_to(&address);
    int fd = acceptor_next(&acceptor, true, -1);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(acceptor_next(&acceptor, true, 0), ACCEPTOR_NONE);
    close(fd);
    close(client);
    close(listener);
    acceptor_deinit(&acceptor);
}

static void loses_the_race(UNUSED void **state)
{
    struct sockaddr_storage address;
    struct acceptor one, other;
    int listener = listen_on(AF_INET, &address); /* blocking, as service managers hand it over */

    assert_int_equal(acceptor_init(&one, listener), 0);
    assert_int_equal(acceptor_init(&other, listener), 0);
    int client = connect_to(&address);
    /* Both are told of the connection; the second must not be stuck when the first has it. */
    int fd = acceptor_next(&one, true, -1);
    assert_true(fd >= 0);
    assert_true(fcntl(listener, F_GETFL) & O_NONBLOCK);
    assert_int_equal(accept(listener, NULL, NULL), -1);
    assert_int_equal(acceptor_next(&other, true, 0), ACCEPTOR_NONE);
    close(fd);
    close(client);
    close(listener);
    acceptor_deinit(&one);
    acceptor_deinit(&other);
}

static void stops(UNUSED void **state)
{
    struct sockaddr_storage address;
    struct acceptor acceptor;
    int listener = listen_on(AF_INET, &address);

    assert_int_equal(acceptor_init(&acceptor, listener), 0);
    int client = connect_to(&address);
    assert_int_equal(acceptor_next(&acceptor, false, 0), ACCEPTOR_NONE);
    acceptor_stop(&acceptor);
    assert_int_equal(acceptor_next(&acceptor, true, -1), ACCEPTOR_STOPPED);
    assert_int_equal(acceptor_next(&acceptor, false, -1), ACCEPTOR_STOPPED);
    close(client);
    close(listener);
    acceptor_deinit(&acceptor);
}

static bool is_accepted(int family, const char *addresses)
{
    struct sockaddr_storage address;
    struct acceptor acceptor;
    int listener = listen_on(family, &address);

    setenv("FCGI_WEB_SERVER_ADDRS", addresses, 1);
    assert_int_equal(acceptor_init(&acceptor, listener), 0);
    int client = connect_to(&address);
    int fd = acceptor_next(&acceptor, true, -1);
    unsetenv("FCGI_WEB_SERVER_ADDRS");
    if (fd >= 0)
        close(fd);
    close(client);
    close(listener);
    acceptor_deinit(&acceptor);
    return fd >= 0;
}

static void addresses(UNUSED void **state)
{
    assert_true(is_accepted(AF_INET, "127.0.0.1"));
    assert_true(is_accepted(AF_INET, "10.0.0.1, 127.0.0.1,10.0.0.2"));
    assert_false(is_accepted(AF_INET, "127.0.0.10"));
    assert_false(is_accepted(AF_INET, "127.0.0"));
    assert_false(is_accepted(AF_INET, ""));
    assert_true(is_accepted(AF_INET6, "127.0.0.1"));
    assert_false(is_accepted(AF_INET6, "::1"));
}

static void out_of_descriptors(UNUSED void **state)
{
    struct sockaddr_storage address;
    struct acceptor acceptor;
    struct rlimit before, none;
    int listener = listen_on(AF_INET, &address);

    assert_int_equal(acceptor_init(&acceptor, listener), 0);
    int client = connect_to(&address);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)client + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(acceptor_next(&acceptor, true, -1), ACCEPTOR_NONE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    int fd = acceptor_next(&acceptor, true, -1);
    assert_true(fd >= 0);
    close(fd);
    close(client);
    close(listener);
    acceptor_deinit(&acceptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("gives blocking connections, one at a time", blocking_connection),
        TEST("is not stuck when another process takes the connection", loses_the_race),
        TEST("stops, whatever waits", stops),
        TEST("lets in who is in FCGI_WEB_SERVER_ADDRS, IPv4 on an IPv6 socket too", addresses),
        TEST("keeps a connection waiting while no descriptor is free", out_of_descriptors),
    };

    return RUN_TESTS("acceptor", tests);
}
