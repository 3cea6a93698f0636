/* A gateway on a Unix socket of its own, and what arrived. */
#ifndef SSE_TEST_GATEWAY_FIXTURE_H
#define SSE_TEST_GATEWAY_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "core/log.h"
#include "fcgi_model.h"
#include "folder.h"
#include "gateway.h"
#include "loop.h"
#include "test.h"

#define ARRIVALS 256

struct gateway_fixture {
    int descriptors; /* open before the test */
    struct test_loop loop;
    struct folder folder;
    int listen_fd;
    struct gateway *gateway;
    struct arrival arrivals[ARRIVALS];
    size_t count;
    struct buf request; /* bytes of a request, made by ask */
};

static struct gateway_fixture f;

static inline void on_arrival(UNUSED void *context, const struct arrival *arrival)
{
    assert_true(f.count < ARRIVALS);
    f.arrivals[f.count++] = *arrival;
}

static inline int gateway_set_up(UNUSED void **state)
{
    f = (struct gateway_fixture){.descriptors = open_descriptors()};
    folder_make(&f.folder);
    loop_open(&f.loop);
    buf_init(&f.request, SIZE_MAX);
    f.listen_fd = unix_socket(folder_path(&f.folder, "socket"), true);
    assert_true(f.listen_fd >= 0);
    f.gateway = gateway_new(&f.loop.loop, f.listen_fd, on_arrival, NULL);
    assert_non_null(f.gateway);
    return 0;
}

/* Fails the test when a descriptor is left over. */
static inline int gateway_tear_down(UNUSED void **state)
{
    gateway_free(f.gateway);
    loop_close(&f.loop);
    for (size_t i = 0; i < f.count; i++) {
        close(f.arrivals[i].fd);
        params_deinit(&f.arrivals[i].params);
    }
    close(f.listen_fd);
    folder_remove(&f.folder);
    buf_deinit(&f.request);
    int left = open_descriptors();
    if (left != f.descriptors)
        print_error("%d descriptors are left over\n", left - f.descriptors);
    return left == f.descriptors ? 0 : -1;
}

static inline int dial(void)
{
    int fd = unix_socket(folder_path(&f.folder, "socket"), false);

    assert_true(fd >= 0);
    return fd;
}

static inline void send_bytes(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    for (ssize_t n; len > 0; at += n, len -= (size_t)n) {
        n = send(fd, at, len, MSG_NOSIGNAL);
        assert_true(n > 0);
    }
}

/* Makes the bytes of a request. */
static inline void ask(uint16_t id, const char *uri)
{
    buf_clear(&f.request);
    put_request(&f.request, id, 0, uri);
}

/* Sends a whole request on a connection of its own, which it returns. */
static inline int send_request(const char *uri)
{
    int fd = dial();

    ask(1, uri);
    send_bytes(fd, f.request.data, f.request.len);
    return fd;
}

static inline bool has_arrived(void *count)
{
    return f.count >= *(size_t *)count;
}

static inline void await_arrivals(size_t count)
{
    loop_wait(&f.loop, has_arrived, &count);
    assert_int_equal(f.count, count);
}

/* The gateway has read all that was sent. */
static inline bool is_read(void *fd)
{
    int unread = 0;

    assert_int_equal(ioctl(*(int *)fd, SIOCOUTQ, &unread), 0);
    return unread == 0;
}

static inline bool is_hung_up(void *fd)
{
    char byte;
    ssize_t n = recv(*(int *)fd, &byte, 1, MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN);
}

static inline const char *uri_of(size_t i)
{
    return params_get(&f.arrivals[i].params, "REQUEST_URI");
}

#endif
