/* Threads on libfcgi (leader and followers: one accepts, the others read or wait for their turn).
 *
 * libfcgi would accept by itself, but then it cannot be told when to give up a silent peer. So we
 * accept, and hand it the descriptor as one that is kept from an earlier request; it reads from
 * there. Each thread that reads has a second descriptor of the connection: shutting that down is
 * how another thread ends the reading, at the deadline or when the gateway goes. */
#include "gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcgiapp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/log.h"

#define THREADS_MAX   512
#define SPARE_THREADS 2    /* idle ones that stay */
#define READING_MS    5000 /* until a request must have come whole */
#define LOOK_MS       1000 /* how often the leader looks for readers past that */
#define NO_ROOM_MS    100  /* pause when descriptors have run out */
#define QUIET_MS      1000 /* in which the same trouble is not logged again */
#define STACK_BYTES   (256 * 1024)

enum thread_state { THREAD_NONE, THREAD_RUNNING, THREAD_FINISHED };

struct thread {
    struct gateway *gateway;
    uv_thread_t id;
    enum thread_state state;
    int guard; /* second descriptor of the connection that it reads from; -1 for none */
    uint64_t reading_since_ms;
};

struct waiting {
    STAILQ_ENTRY(waiting) next;
    struct arrival arrival;
};

struct gateway {
    int listen_fd;
    int stop_fd;           /* an eventfd: readable once the gateway stops */
    const char *addresses; /* FCGI_WEB_SERVER_ADDRS, or NULL */
    gateway_arrival_fn *on_arrival;
    void *context;
    uv_async_t async;
    uv_mutex_t leader;       /* held by the thread that accepts */
    uint64_t quiet_until_ms; /* the leader's */
    uv_mutex_t lock;         /* for all below */
    bool is_stopping;
    int idle; /* threads that accept or wait to */
    int readers;
    STAILQ_HEAD(, waiting) arrived;
    struct thread threads[THREADS_MAX];
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* --- accepting -------------------------------------------------------------------------------- */

/* Shuts down readers past their deadline; with `all`, every one. Call with the lock held. */
static void end_readers(struct gateway *gateway, bool all)
{
    for (int i = 0; i < THREADS_MAX; i++) {
        struct thread *thread = &gateway->threads[i];
        if (thread->guard >= 0 && (all || thread->reading_since_ms + READING_MS <= now_ms()))
            shutdown(thread->guard, SHUT_RDWR);
    }
}

/* FastCGI 1.0, 3.2: with FCGI_WEB_SERVER_ADDRS, only these addresses may connect. */
static bool is_welcome(const struct gateway *gateway, const struct sockaddr_storage *peer)
{
    char text[INET6_ADDRSTRLEN];
    const void *address;

    if (gateway->addresses == NULL)
        return true;
    if (peer->ss_family == AF_INET)
        address = &((const struct sockaddr_in *)peer)->sin_addr;
    else if (peer->ss_family == AF_INET6)
        address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
    else
        return true;
    if (inet_ntop(peer->ss_family, address, text, sizeof text) == NULL)
        return false;
    for (const char *at = gateway->addresses; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ", ");
        if (len == strlen(text) && strncmp(at, text, len) == 0)
            return true;
        at += len;
    }
    return false;
}

/* A new connection, or -1: none was there after all, or no descriptor is free. */
static int accept_one(struct gateway *gateway)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    int fd = accept4(gateway->listen_fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (now_ms() >= gateway->quiet_until_ms)
                log_event(LOG_ERROR, "cannot-accept", "reason=\"%s\"", strerror(errno));
            gateway->quiet_until_ms = now_ms() + QUIET_MS;
            poll(&(struct pollfd){.fd = gateway->stop_fd, .events = POLLIN}, 1, NO_ROOM_MS);
        }
        return -1;
    }
    if (!is_welcome(gateway, &peer)) {
        close(fd);
        return -1;
    }
    /* The leader ends readers at their deadline; this is for when no thread can be had to lead. */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = READING_MS / 1000},
               sizeof(struct timeval));
    if (peer.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* Waits for a connection, as the leader. Returns -1 when the gateway stops. */
static int await_connection(struct gateway *gateway)
{
    for (;;) {
        uv_mutex_lock(&gateway->lock);
        end_readers(gateway, false);
        int readers = gateway->readers;
        uv_mutex_unlock(&gateway->lock);
        struct pollfd sockets[] = {{.fd = gateway->stop_fd, .events = POLLIN},
                                   {.fd = gateway->listen_fd, .events = POLLIN}};
        /* The last thread stays leader: somebody must look after the deadlines. */
        bool may_accept = readers < THREADS_MAX - 1;
        poll(sockets, may_accept ? 2 : 1, readers > 0 ? LOOK_MS : -1);
        if (sockets[0].revents != 0)
            return -1;
        if (may_accept && sockets[1].revents != 0) {
            int fd = accept_one(gateway);
            if (fd >= 0)
                return fd;
        }
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Reads one request from `fd`, to the end of its standard input: its empty record may come late,
 * and would look like life on the socket. Closes `fd` and returns -1 if there is none. */
static int read_request(int fd, struct arrival *arrival)
{
    FCGX_Request request;
    char bytes[4096];

    if (FCGX_InitRequest(&request, -1, 0) != 0) {
        close(fd);
        return -1;
    }
    request.ipcFd = fd; /* libfcgi's to close from here on */
    request.keepConnection = 1;
    if (FCGX_Accept_r(&request) < 0) /* accepts nothing: see above */
        return -1;
    while (FCGX_GetStr(bytes, sizeof bytes, request.in) > 0)
        continue;
    arrival->fd = fd;
    arrival->request_id = (uint16_t)request.requestId;
    /* An input that ends by an error was given up, by us or by the peer: it is no whole request. */
    int result = FCGX_GetError(request.in) == 0 ? params_copy(&arrival->params, request.envp) : -1;
    FCGX_Free(&request, 0);
    if (result < 0)
        close(fd);
    return result;
}

static void hand_over(struct gateway *gateway, const struct arrival *arrival)
{
    struct waiting *waiting = malloc(sizeof *waiting);
    struct params params = arrival->params;

    if (waiting == NULL) {
        close(arrival->fd);
        params_deinit(&params);
        return;
    }
    waiting->arrival = *arrival;
    uv_mutex_lock(&gateway->lock);
    STAILQ_INSERT_TAIL(&gateway->arrived, waiting, next);
    uv_mutex_unlock(&gateway->lock);
    uv_async_send(&gateway->async);
}

/* --- threads ---------------------------------------------------------------------------------- */

static void run_thread(void *data);

/* Starts one more thread, if there may be one. Call with the lock held. */
static void add_thread(struct gateway *gateway)
{
    const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE,
                                         .stack_size = STACK_BYTES};

    for (int i = 0; i < THREADS_MAX && !gateway->is_stopping; i++) {
        struct thread *thread = &gateway->threads[i];
        if (thread->state == THREAD_RUNNING)
            continue;
        if (thread->state == THREAD_FINISHED)
            uv_thread_join(&thread->id);
        thread->state = THREAD_NONE;
        if (uv_thread_create_ex(&thread->id, &options, run_thread, thread) == 0) {
            thread->state = THREAD_RUNNING;
            gateway->idle++;
        }
        return;
    }
}

static void begin_reading(struct thread *thread, int fd)
{
    struct gateway *gateway = thread->gateway;

    uv_mutex_lock(&gateway->lock);
    thread->guard = dup(fd);
    thread->reading_since_ms = now_ms();
    gateway->readers++;
    if (--gateway->idle == 0)
        add_thread(gateway);
    uv_mutex_unlock(&gateway->lock);
}

/* Returns whether the thread is still needed. */
static bool end_reading(struct thread *thread)
{
    struct gateway *gateway = thread->gateway;

    uv_mutex_lock(&gateway->lock);
    if (thread->guard >= 0)
        close(thread->guard);
    thread->guard = -1;
    gateway->readers--;
    bool stays = gateway->idle < SPARE_THREADS;
    if (stays)
        gateway->idle++;
    else
        thread->state = THREAD_FINISHED;
    uv_mutex_unlock(&gateway->lock);
    return stays;
}

static void run_thread(void *data)
{
    struct thread *thread = data;
    struct gateway *gateway = thread->gateway;
    struct arrival arrival;

    do {
        uv_mutex_lock(&gateway->leader);
        int fd = await_connection(gateway);
        uv_mutex_unlock(&gateway->leader);
        if (fd < 0)
            return;
        begin_reading(thread, fd);
        if (read_request(fd, &arrival) == 0)
            hand_over(gateway, &arrival);
    } while (end_reading(thread));
}

/* --- the loop's side -------------------------------------------------------------------------- */

static struct waiting *next_arrival(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    struct waiting *waiting = STAILQ_FIRST(&gateway->arrived);
    if (waiting != NULL)
        STAILQ_REMOVE_HEAD(&gateway->arrived, next);
    uv_mutex_unlock(&gateway->lock);
    return waiting;
}

static void on_async(uv_async_t *async)
{
    struct gateway *gateway = async->data;
    struct waiting *waiting;

    while ((waiting = next_arrival(gateway)) != NULL) {
        gateway->on_arrival(gateway->context, &waiting->arrival);
        free(waiting);
    }
}

struct gateway *gateway_new(uv_loop_t *loop, int listen_fd, gateway_arrival_fn *on_arrival,
                            void *context)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);

    if (gateway == NULL)
        return NULL;
    gateway->listen_fd = listen_fd;
    gateway->addresses = getenv("FCGI_WEB_SERVER_ADDRS");
    gateway->on_arrival = on_arrival;
    gateway->context = context;
    STAILQ_INIT(&gateway->arrived);
    for (int i = 0; i < THREADS_MAX; i++)
        gateway->threads[i] = (struct thread){.gateway = gateway, .guard = -1};
    gateway->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (gateway->stop_fd < 0 || FCGX_Init() != 0 ||
        uv_async_init(loop, &gateway->async, on_async) < 0) {
        if (gateway->stop_fd >= 0)
            close(gateway->stop_fd);
        free(gateway);
        return NULL;
    }
    gateway->async.data = gateway;
    uv_mutex_init(&gateway->leader);
    uv_mutex_init(&gateway->lock);
    uv_mutex_lock(&gateway->lock);
    add_thread(gateway);
    bool runs = gateway->idle > 0;
    uv_mutex_unlock(&gateway->lock);
    if (!runs) {
        gateway_free(gateway);
        return NULL;
    }
    return gateway;
}

void gateway_stop(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    gateway->is_stopping = true; /* no thread starts any more */
    uv_mutex_unlock(&gateway->lock);
    eventfd_write(gateway->stop_fd, 1);
}

bool gateway_is_quiet(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    bool is_quiet = gateway->readers == 0 && STAILQ_EMPTY(&gateway->arrived);
    uv_mutex_unlock(&gateway->lock);
    return is_quiet;
}

static void on_async_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Ends and joins all threads, of a gateway that is stopping. */
static void join_threads(struct gateway *gateway)
{
    for (int i = 0; i < THREADS_MAX; i++) {
        struct thread *thread = &gateway->threads[i];
        uv_mutex_lock(&gateway->lock);
        end_readers(gateway, true);
        bool joins = thread->state != THREAD_NONE;
        uv_mutex_unlock(&gateway->lock);
        if (joins)
            uv_thread_join(&thread->id);
    }
}

void gateway_free(struct gateway *gateway)
{
    struct waiting *waiting;

    if (gateway == NULL)
        return;
    gateway_stop(gateway);
    join_threads(gateway);
    while ((waiting = next_arrival(gateway)) != NULL) {
        close(waiting->arrival.fd);
        params_deinit(&waiting->arrival.params);
        free(waiting);
    }
    close(gateway->stop_fd);
    uv_mutex_destroy(&gateway->leader);
    uv_mutex_destroy(&gateway->lock);
    uv_close((uv_handle_t *)&gateway->async, on_async_closed);
}
