/* A socket, or a standard output, on the loop. */
#include "outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define VECTORS_MAX 64 /* records written by one system call */
#define READS_MAX   8  /* of input that is dropped, at one event */

/* libuv tells of hangups and errors only to those who watch for something. One who watched for
 * input would be told of its end in every turn; "priority" is but TCP's urgent data. */
static void watch(struct outlet *outlet)
{
    uv_poll_start(&outlet->poll,
                  (outlet->is_one_way ? UV_PRIORITIZED : UV_READABLE) |
                      (outlet->wants_write ? UV_WRITABLE : 0),
                  outlet->on_event);
}

int outlet_open(struct outlet *outlet, uv_loop_t *loop, int fd, bool is_one_way,
                uv_poll_cb on_event, void *data)
{
    *outlet = (struct outlet){
        .fd = fd, .is_one_way = is_one_way, .flags = fcntl(fd, F_GETFL), .on_event = on_event};
    if (uv_poll_init(loop, &outlet->poll, fd) < 0) {
        close(fd);
        return -1;
    }
    outlet->poll.data = data;
    watch(outlet);
    return 0;
}

/* Pipes know no sendmsg(2), sockets a way without SIGPIPE. */
static ssize_t write_some(const struct outlet *outlet, struct iovec *vectors, int count)
{
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)count};

    if (outlet->is_one_way)
        return writev(outlet->fd, vectors, count);
    return sendmsg(outlet->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t outlet_write(struct outlet *outlet)
{
    struct iovec vectors[VECTORS_MAX];
    ssize_t written = 0;

    while (outlet->queue.count > 0) {
        int count = queue_gather(&outlet->queue, vectors, VECTORS_MAX);
        ssize_t n = write_some(outlet, vectors, count);
        if (n >= 0) {
            queue_advance(&outlet->queue, (size_t)n);
            written += n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    bool wants_write = outlet->queue.count > 0;
    if (wants_write != outlet->wants_write) {
        outlet->wants_write = wants_write;
        watch(outlet);
    }
    return written;
}

/* It is told of in every turn until somebody reads it. */
static void drop_urgent_input(int fd)
{
    char byte;

    recv(fd, &byte, sizeof byte, MSG_OOB | MSG_DONTWAIT);
}

static bool is_hung_up(int fd)
{
    struct pollfd look = {.fd = fd};

    return poll(&look, 1, 0) > 0 && (look.revents & (POLLERR | POLLHUP)) != 0;
}

enum outlet_input outlet_look(struct outlet *outlet, int status, int events)
{
    if (status < 0)
        return INPUT_BROKEN;
    if (outlet->is_one_way) {
        if (events & UV_PRIORITIZED)
            drop_urgent_input(outlet->fd);
        return is_hung_up(outlet->fd) ? INPUT_BROKEN : INPUT_OPEN;
    }
    return events & UV_READABLE ? outlet_drop_input(outlet) : INPUT_OPEN;
}

enum outlet_input outlet_drop_input(struct outlet *outlet)
{
    char bytes[4096];

    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = recv(outlet->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0 || (n < 0 && errno == EINTR))
            continue;
        if (n == 0)
            return INPUT_ENDED;
        return errno == EAGAIN || errno == EWOULDBLOCK ? INPUT_OPEN : INPUT_BROKEN;
    }
    return INPUT_OPEN;
}

void outlet_close(struct outlet *outlet, uv_close_cb on_closed)
{
    uv_close((uv_handle_t *)&outlet->poll, on_closed);
    if (outlet->is_one_way)
        fcntl(outlet->fd, F_SETFL, outlet->flags);
    close(outlet->fd);
    queue_deinit(&outlet->queue);
}
