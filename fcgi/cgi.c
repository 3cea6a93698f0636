/* One request, by CGI. */
#include "cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/number.h"
#include "record.h"

#define READING_MS 5000 /* as long as a FastCGI request may take to come */
#define READS_MAX  8    /* of the body, at one event */

struct cgi {
    uv_poll_t body;
    uv_timer_t timer; /* when the request arrives at the latest */
    int handles;      /* that are not closed yet */
    bool has_body;    /* and its handle */
    int input;
    int input_flags;    /* as it came: it may be a terminal, whose user keeps it */
    uint64_t body_left; /* bytes */
    bool is_spent;
    struct arrival arrival;
    arrival_fn *on_arrival;
    void *context;
};

bool cgi_can_answer(int fd, struct buf *why)
{
    int watcher = epoll_create1(EPOLL_CLOEXEC);
    int result = epoll_ctl(watcher, EPOLL_CTL_ADD, fd, &(struct epoll_event){0});

    if (result < 0)
        buf_addf(why,
                 "started by CGI (GATEWAY_INTERFACE is set), but cannot wait on standard output: "
                 "%s.\nIt must be a pipe or a socket, as web servers have it.\n",
                 strerror(errno));
    close(watcher);
    return result == 0;
}

static void let_go_of_input(struct cgi *cgi)
{
    if (!cgi->has_body)
        return;
    uv_poll_stop(&cgi->body);
    fcntl(cgi->input, F_SETFL, cgi->input_flags);
}

static void arrive(struct cgi *cgi)
{
    struct arrival arrival = cgi->arrival;

    let_go_of_input(cgi);
    uv_timer_stop(&cgi->timer);
    cgi->arrival.params = (struct params){0}; /* the receiver's */
    cgi->is_spent = true;
    cgi->on_arrival(cgi->context, &arrival);
}

static void on_timer(uv_timer_t *timer)
{
    arrive(timer->data);
}

/* CONTENT_LENGTH counts, not only the end of input: a server need not give one (RFC 3875, 4.2). */
static void on_body(uv_poll_t *poll, int status, int events)
{
    struct cgi *cgi = poll->data;
    char bytes[4096];

    (void)events;
    for (int i = 0; i < READS_MAX && status == 0 && cgi->body_left > 0; i++) {
        ssize_t n = read(cgi->input, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0)
            status = -1;
        else
            cgi->body_left -= (uint64_t)n < cgi->body_left ? (uint64_t)n : cgi->body_left;
    }
    if (status != 0 || cgi->body_left == 0)
        arrive(cgi);
}

/* How long the body is. A chunked one has no length, and ends. */
static uint64_t body_length(const struct params *params)
{
    uint64_t length = 0;

    if (*params_get(params, "HTTP_TRANSFER_ENCODING") != '\0')
        return UINT64_MAX;
    if (number_parse_whole(params_get(params, "CONTENT_LENGTH"), 0, INT64_MAX, &length) < 0)
        return 0;
    return length;
}

struct cgi *cgi_new(uv_loop_t *loop, int input, int output, char *const *environment,
                    arrival_fn *on_arrival, void *context)
{
    struct cgi *cgi = calloc(1, sizeof *cgi);

    if (cgi == NULL)
        return NULL;
    if (params_copy(&cgi->arrival.params, environment) < 0) {
        free(cgi);
        return NULL;
    }
    cgi->arrival.fd = output;
    cgi->arrival.request_id = RECORD_UNFRAMED;
    cgi->on_arrival = on_arrival;
    cgi->context = context;
    cgi->input = input;
    cgi->input_flags = fcntl(input, F_GETFL);
    cgi->handles = 1;
    uv_timer_init(loop, &cgi->timer);
    cgi->timer.data = cgi->body.data = cgi;
    cgi->body_left = body_length(&cgi->arrival.params);
    /* What cannot be watched, a file for example, needs nobody who reads it. */
    cgi->has_body = cgi->body_left > 0 && uv_poll_init(loop, &cgi->body, input) == 0;
    if (cgi->has_body) {
        cgi->handles++;
        uv_poll_start(&cgi->body, UV_READABLE, on_body);
    }
    uv_timer_start(&cgi->timer, on_timer, cgi->has_body ? READING_MS : 0, 0);
    return cgi;
}

bool cgi_is_spent(const struct cgi *cgi)
{
    return cgi->is_spent;
}

static void on_closed(uv_handle_t *handle)
{
    struct cgi *cgi = handle->data;

    if (--cgi->handles == 0)
        free(cgi);
}

void cgi_free(struct cgi *cgi)
{
    if (cgi == NULL)
        return;
    params_deinit(&cgi->arrival.params);
    if (!cgi->is_spent)
        let_go_of_input(cgi);
    if (cgi->has_body)
        uv_close((uv_handle_t *)&cgi->body, on_closed);
    uv_close((uv_handle_t *)&cgi->timer, on_closed);
}
