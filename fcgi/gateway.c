/* Threads that read (leader and followers: one accepts, the others read or wait for their turn).
 *
 * Each thread that reads has a second descriptor of the connection: shutting that down is how
 * another thread ends the reading, at the deadline or when the gateway goes. */
#include "gateway.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "acceptor.h"
#include "fd_ring.h"
#include "intake.h"
#include "limit.h"

#define THREADS_MAX   512
#define SPARE_THREADS 2    /* idle ones that stay */
#define READING_MS    5000 /* until a request must have come whole */
#define LOOK_MS       1000 /* how often the leader looks for readers past that */
#define BUSY_MS       5    /* until the leader looks again whether more may wait */
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
    struct acceptor acceptor; /* the leader's */
    arrival_fn *on_arrival;
    void *context;
    uv_async_t async;
    uv_mutex_t leader; /* held by the thread that accepts; taken before `lock` */
    uv_mutex_t lock;   /* for all below */
    bool is_stopping;  /* only what is there already is accepted */
    bool is_shut;      /* not even that */
    bool is_ending;    /* no reader may go on, no thread starts any more */
    int idle;          /* threads that accept or wait to */
    int readers;
    struct fd_ring accepted; /* connections that nobody reads yet */
    STAILQ_HEAD(, waiting) arrived;
    size_t arrived_count;
    size_t streams; /* that the loop has open */
    struct thread threads[THREADS_MAX];
};

#define now_ms() (uv_hrtime() / 1000000)

/* --- readers ---------------------------------------------------------------------------------- */

static void run_thread(void *data);

/* Starts one more thread, if there may be one. Call with the lock held. */
static void add_thread(struct gateway *gateway)
{
    const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE,
                                         .stack_size = STACK_BYTES};

    for (int i = 0; i < THREADS_MAX && !gateway->is_ending; i++) {
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

/* Shuts down readers past their deadline; with `all`, every one. Call with the lock held. */
static void end_readers(struct gateway *gateway, bool all)
{
    for (int i = 0; i < THREADS_MAX; i++) {
        struct thread *thread = &gateway->threads[i];
        if (thread->guard >= 0 && (all || thread->reading_since_ms + READING_MS <= now_ms()))
            shutdown(thread->guard, SHUT_RDWR);
    }
}

/* Makes the leader a reader of `fd`, and sees to it that somebody leads after it. */
static void begin_reading(struct thread *thread, int fd, int guard)
{
    struct gateway *gateway = thread->gateway;

    /* For when no thread can be had that leads and looks at the deadlines. */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = READING_MS / 1000},
               sizeof(struct timeval));
    uv_mutex_lock(&gateway->lock);
    thread->guard = guard;
    thread->reading_since_ms = now_ms();
    gateway->readers++;
    if (gateway->is_ending)
        shutdown(guard, SHUT_RDWR);
    if (--gateway->idle == 0)
        add_thread(gateway);
    uv_mutex_unlock(&gateway->lock);
}

/* Returns whether the thread is still needed. */
static bool end_reading(struct thread *thread)
{
    struct gateway *gateway = thread->gateway;

    uv_mutex_lock(&gateway->lock);
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

/* Whether no more connections may wait. Call with the lock held. */
static bool is_full(const struct gateway *gateway)
{
    return fd_ring_is_full(&gateway->accepted) ||
           gateway->accepted.count + gateway->arrived_count >= limit_waiting(gateway->streams);
}

/* Puts a connection among the accepted ones. Returns whether there may be more. */
static bool put_accepted(struct gateway *gateway, int fd)
{
    uv_mutex_lock(&gateway->lock);
    fd_ring_put(&gateway->accepted, fd);
    bool may_accept = !is_full(gateway) && !gateway->is_stopping;
    uv_mutex_unlock(&gateway->lock);
    return may_accept;
}

/* Accepts `fd` (-1: none) and others that are there. Thousands may come at once, and lighttpd
 * answers with an error when it finds the backlog full. There must be room for one. */
static void accept_all(struct gateway *gateway, int fd)
{
    while (fd >= 0 && put_accepted(gateway, fd))
        fd = acceptor_take(&gateway->acceptor);
}

/* Without a guard nobody could end the reading: it waits until there is a descriptor. */
static void postpone(struct gateway *gateway, int fd)
{
    acceptor_rest(&gateway->acceptor, "cannot-read");
    uv_mutex_lock(&gateway->lock);
    if (gateway->is_stopping)
        close(fd);
    else
        fd_ring_put_back(&gateway->accepted, fd);
    uv_mutex_unlock(&gateway->lock);
}

/* What came before it stopped is served still, unless it is shut. */
static int take_waiting(struct gateway *gateway)
{
    int fd = ACCEPTOR_REFUSED;

    while (fd == ACCEPTOR_REFUSED) {
        uv_mutex_lock(&gateway->lock);
        bool is_shut = gateway->is_shut || gateway->is_ending;
        uv_mutex_unlock(&gateway->lock);
        fd = is_shut ? ACCEPTOR_NONE : acceptor_take(&gateway->acceptor);
    }
    return fd;
}

/* Leads until there is a connection, and begins to read it. Returns -1 when the gateway stops. */
static int lead(struct thread *thread)
{
    struct gateway *gateway = thread->gateway;

    for (;;) {
        uv_mutex_lock(&gateway->lock);
        end_readers(gateway, false);
        int readers = gateway->readers;
        /* The last thread stays leader: somebody must look after the deadlines. */
        bool may_read = readers < THREADS_MAX - 1;
        int fd = may_read ? fd_ring_take(&gateway->accepted) : -1;
        bool has_room = !is_full(gateway), may_accept = has_room && !gateway->is_stopping;
        uv_mutex_unlock(&gateway->lock);
        if (fd >= 0) {
            int guard = dup(fd);
            if (guard < 0) {
                postpone(gateway, fd);
                continue;
            }
            if (may_accept)
                accept_all(gateway, acceptor_take(&gateway->acceptor));
            begin_reading(thread, fd, guard);
            return fd;
        }
        int timeout_ms = !has_room ? BUSY_MS : readers > 0 ? LOOK_MS : -1;
        fd = acceptor_next(&gateway->acceptor, may_read && has_room, timeout_ms);
        if (fd == ACCEPTOR_STOPPED && (!may_read || (fd = take_waiting(gateway)) < 0))
            return -1;
        accept_all(gateway, fd);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

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
    gateway->arrived_count++;
    uv_mutex_unlock(&gateway->lock);
    uv_async_send(&gateway->async);
}

static void run_thread(void *data)
{
    struct thread *thread = data;
    struct gateway *gateway = thread->gateway;
    struct arrival arrival;

    do {
        uv_mutex_lock(&gateway->leader);
        int fd = lead(thread);
        uv_mutex_unlock(&gateway->leader);
        if (fd < 0) {
            uv_mutex_lock(&gateway->lock);
            gateway->idle--;
            uv_mutex_unlock(&gateway->lock);
            return;
        }
        if (intake_read(fd, &arrival) == 0)
            hand_over(gateway, &arrival);
    } while (end_reading(thread));
}

/* --- the loop's side -------------------------------------------------------------------------- */

static struct waiting *next_arrival(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    struct waiting *waiting = STAILQ_FIRST(&gateway->arrived);
    if (waiting != NULL) {
        STAILQ_REMOVE_HEAD(&gateway->arrived, next);
        gateway->arrived_count--;
    }
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

struct gateway *gateway_new(uv_loop_t *loop, int listen_fd, arrival_fn *on_arrival, void *context)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);

    if (gateway == NULL)
        return NULL;
    gateway->on_arrival = on_arrival;
    gateway->context = context;
    STAILQ_INIT(&gateway->arrived);
    for (int i = 0; i < THREADS_MAX; i++)
        gateway->threads[i] = (struct thread){.gateway = gateway, .guard = -1};
    if (acceptor_init(&gateway->acceptor, listen_fd) < 0 || intake_init() < 0 ||
        uv_async_init(loop, &gateway->async, on_async) < 0) {
        acceptor_deinit(&gateway->acceptor);
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

void gateway_set_streams(struct gateway *gateway, size_t streams)
{
    uv_mutex_lock(&gateway->lock);
    gateway->streams = streams;
    uv_mutex_unlock(&gateway->lock);
}

void gateway_stop(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    gateway->is_stopping = true;
    uv_mutex_unlock(&gateway->lock);
    acceptor_stop(&gateway->acceptor);
}

void gateway_shut(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    gateway->is_shut = true;
    uv_mutex_unlock(&gateway->lock);
    gateway_stop(gateway);
}

bool gateway_is_quiet(struct gateway *gateway)
{
    uv_mutex_lock(&gateway->lock);
    bool accepts = gateway->is_stopping && gateway->idle > 0; /* something, perhaps, even now */
    bool is_quiet = !accepts && gateway->readers == 0 && gateway->accepted.count == 0 &&
                    STAILQ_EMPTY(&gateway->arrived);
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
    uv_mutex_lock(&gateway->lock);
    gateway->is_ending = true;
    for (int fd; (fd = fd_ring_take(&gateway->accepted)) >= 0;)
        close(fd);
    uv_mutex_unlock(&gateway->lock);
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
    acceptor_deinit(&gateway->acceptor);
    uv_mutex_destroy(&gateway->leader);
    uv_mutex_destroy(&gateway->lock);
    uv_close((uv_handle_t *)&gateway->async, on_async_closed);
}
