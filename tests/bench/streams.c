/*
 * A load client: opens many event streams over HTTP/1.1 and checks that each gets the same numbered
 * events, 1, 2, 3, …, every one once and in order.
 *
 *     streams HOST:PORT PATH COUNT EVENTS [--timeout S]
 *
 * Prints `ready` once every stream has had its stream-open, and at the end one line of JSON. Exit
 * status 0 means that every stream got exactly the EVENTS expected; 1 that something was missing,
 * repeated, out of order, foreign or cut; 64 a usage error. One thread, one epoll loop, one read
 * buffer for all streams.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 256, /* of a line only this much is kept; no line that we look into is longer */
    READ_BYTES = 64 * 1024, /* one read */
    CONNECTING_MAX = 128,   /* connections on their way at a time, below every listen backlog */
    READY_MAX = 256,        /* streams handled a turn */
    DEFAULT_TIMEOUT_S = 120,
    EXIT_USAGE = 64,
};

/* Where in the HTTP response a stream is. Chunk states are skipped when the body has no chunked
 * coding. */
enum http_state {
    HTTP_STATUS,
    HTTP_HEADER,
    HTTP_BODY,
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_END
};

/* A line being collected; what does not fit is counted but not kept. */
struct line {
    char text[LINE_BYTES];
    size_t length;
};

struct stream {
    int fd; /* -1: closed */
    bool connected;
    bool opened; /* stream-open has come */
    bool complete;
    enum http_state state;
    bool chunked;
    uint64_t chunk_left;
    struct line http_line;
    struct line sse_line;
    /* the event being collected */
    bool own_event; /* its name is stream-…: the responder's own */
    bool is_open;
    int data_lines;
    uint64_t number; /* its data; 0: not a number that we expect */
    /* what came */
    uint64_t expected; /* 1 + the highest number so far */
    uint64_t seen;
    uint64_t repeated, disordered, foreign;
    unsigned char *seen_bits; /* bit n-1: number n has come */
};

struct load {
    const char *path;
    const char *authority; /* HOST:PORT, as given */
    struct addrinfo *address;
    uint64_t events;
    size_t count;
    struct stream *streams;
    size_t started, connecting, opened, finished, failed, closed;
    int epoll;
};

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- events ---- */

/* A number 1 … limit written in plain digits, or 0. */
static uint64_t parse_number(const char *text, size_t length, uint64_t limit)
{
    uint64_t number = 0;

    if (length == 0 || length > 18)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= limit ? number : 0;
}

static void count_number(struct load *load, struct stream *stream, uint64_t number)
{
    unsigned char bit = (unsigned char)(1U << ((number - 1) % 8));
    unsigned char *byte = &stream->seen_bits[(number - 1) / 8];

    if (*byte & bit) {
        stream->repeated++;
        return;
    }
    *byte |= bit;
    stream->seen++;
    if (number < stream->expected)
        stream->disordered++;
    else
        stream->expected = number + 1;
    if (stream->seen == load->events && !stream->complete) {
        stream->complete = true;
        load->finished++;
    }
}

static void dispatch(struct load *load, struct stream *stream)
{
    if (stream->is_open && !stream->opened) {
        stream->opened = true;
        load->opened++;
    }
    if (stream->data_lines > 0 && !stream->own_event) {
        if (stream->data_lines == 1 && stream->number != 0)
            count_number(load, stream, stream->number);
        else
            stream->foreign++;
    }
    stream->own_event = stream->is_open = false;
    stream->data_lines = 0;
    stream->number = 0;
}

/* The value of a field line, with one space after the colon skipped; NULL if the line is another
 * field. */
static const char *field_value(const char *line, const char *field)
{
    size_t length = strlen(field);

    if (strncmp(line, field, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + (line[length + 1] == ' ' ? 2 : 1);
}

static void take_sse_line(struct load *load, struct stream *stream, const char *line, size_t length)
{
    const char *value;

    if (length == 0) {
        dispatch(load, stream);
    } else if ((value = field_value(line, "event")) != NULL) {
        stream->own_event = strncmp(value, "stream-", 7) == 0;
        stream->is_open = strcmp(value, "stream-open") == 0;
    } else if ((value = field_value(line, "data")) != NULL) {
        stream->data_lines++;
        stream->number = parse_number(value, strlen(value), load->events);
    }
}

/* Puts bytes up to and with a line feed into `line`. Returns how many it took; *whole tells that
 * the line is there, without its CR LF or LF, and terminated. */
static size_t collect_line(struct line *line, const char *bytes, size_t length, bool *whole)
{
    const char *end = memchr(bytes, '\n', length);
    size_t taken = end != NULL ? (size_t)(end - bytes) + 1 : length;
    size_t text = end != NULL ? taken - 1 : taken;
    size_t room = LINE_BYTES - 1 - line->length;

    if (text > room)
        text = room;
    memcpy(line->text + line->length, bytes, text);
    line->length += text;
    *whole = end != NULL;
    if (*whole) {
        if (line->length > 0 && line->text[line->length - 1] == '\r')
            line->length--;
        line->text[line->length] = '\0';
    }
    return taken;
}

static void feed_sse(struct load *load, struct stream *stream, const char *bytes, size_t length)
{
    while (length > 0) {
        bool whole;
        size_t taken = collect_line(&stream->sse_line, bytes, length, &whole);

        if (whole) {
            take_sse_line(load, stream, stream->sse_line.text, stream->sse_line.length);
            stream->sse_line.length = 0;
        }
        bytes += taken;
        length -= taken;
    }
}

/* ---- HTTP ---- */

/* One line of status, header or chunk framing. Returns -1 if the response is none that we can
 * follow, or over. */
static int take_http_line(struct stream *stream, const char *line, size_t length)
{
    char *end;

    switch (stream->state) {
    case HTTP_STATUS:
        stream->state = HTTP_HEADER;
        return strncmp(line, "HTTP/1.1 200", 12) == 0 ? 0 : -1;
    case HTTP_HEADER:
        if (length == 0)
            stream->state = stream->chunked ? HTTP_CHUNK_SIZE : HTTP_BODY;
        else if (strncasecmp(line, "Transfer-Encoding:", 18) == 0)
            stream->chunked = strstr(line + 18, "chunked") != NULL;
        return 0;
    case HTTP_CHUNK_SIZE:
        stream->chunk_left = strtoull(line, &end, 16);
        stream->state = HTTP_CHUNK_DATA;
        return end == line || stream->chunk_left == 0 ? -1 : 0; /* the last chunk ends the stream */
    case HTTP_CHUNK_END:
        stream->state = HTTP_CHUNK_SIZE;
        return length == 0 ? 0 : -1;
    case HTTP_BODY:
    case HTTP_CHUNK_DATA:
        break;
    }
    return -1;
}

/* Takes some bytes of a response, at least one. Returns how many, or -1. */
static ssize_t feed_some(struct load *load, struct stream *stream, const char *bytes, size_t length)
{
    bool whole;
    size_t taken;

    if (stream->state == HTTP_BODY) {
        feed_sse(load, stream, bytes, length);
        return (ssize_t)length;
    }
    if (stream->state == HTTP_CHUNK_DATA) {
        taken = length < stream->chunk_left ? length : (size_t)stream->chunk_left;
        feed_sse(load, stream, bytes, taken);
        stream->chunk_left -= taken;
        if (stream->chunk_left == 0)
            stream->state = HTTP_CHUNK_END;
        return (ssize_t)taken;
    }
    taken = collect_line(&stream->http_line, bytes, length, &whole);
    if (whole) {
        int status = take_http_line(stream, stream->http_line.text, stream->http_line.length);

        stream->http_line.length = 0;
        if (status != 0)
            return -1;
    }
    return (ssize_t)taken;
}

static int feed(struct load *load, struct stream *stream, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t taken = feed_some(load, stream, bytes, length);

        if (taken < 0)
            return -1;
        bytes += taken;
        length -= (size_t)taken;
    }
    return 0;
}

/* ---- connections ---- */

static void close_stream(struct load *load, struct stream *stream)
{
    if (stream->fd < 0)
        return;
    if (!stream->connected)
        load->connecting--;
    close(stream->fd);
    stream->fd = -1;
    load->closed++;
    if (!stream->complete)
        load->failed++;
}

static int watch(struct load *load, struct stream *stream, uint32_t events, int operation)
{
    struct epoll_event event = {.events = events, .data.ptr = stream};

    return epoll_ctl(load->epoll, operation, stream->fd, &event);
}

static void start_stream(struct load *load, struct stream *stream)
{
    const struct addrinfo *to = load->address;

    load->connecting++;
    stream->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0) {
        perror("streams: socket");
        load->connecting--;
        load->closed++;
        load->failed++;
        return;
    }
    if ((connect(stream->fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS) ||
        watch(load, stream, EPOLLOUT, EPOLL_CTL_ADD) != 0)
        close_stream(load, stream);
}

static void on_connected(struct load *load, struct stream *stream)
{
    char request[1024];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n",
                          load->path, load->authority);

    stream->connected = true;
    load->connecting--;
    /* A fresh socket takes so short a request whole, or it is broken. */
    if (send(stream->fd, request, (size_t)length, MSG_NOSIGNAL) != length ||
        watch(load, stream, EPOLLIN, EPOLL_CTL_MOD) != 0)
        close_stream(load, stream);
}

static void on_readable(struct load *load, struct stream *stream)
{
    static char bytes[READ_BYTES];
    ssize_t length = recv(stream->fd, bytes, sizeof bytes, 0);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 || feed(load, stream, bytes, (size_t)length) != 0)
        close_stream(load, stream);
}

/* One turn of the loop: waits at most until `deadline`. */
static void turn(struct load *load, double deadline)
{
    struct epoll_event ready[READY_MAX];
    double left = deadline - now_s();
    int n = epoll_wait(load->epoll, ready, READY_MAX, left > 0 ? (int)(left * 1000) + 1 : 0);

    for (int i = 0; i < n; i++) {
        struct stream *stream = ready[i].data.ptr;

        if (stream->connected)
            on_readable(load, stream);
        else
            on_connected(load, stream);
    }
}

/* Runs until every stream is complete or lost, or the time is up; one lost before all are open ends
 * it too. */
static void run(struct load *load, double deadline)
{
    bool told = false;

    while (load->finished + load->failed < load->count && now_s() < deadline) {
        if (!told && load->failed > 0)
            return;
        while (load->started < load->count && load->connecting < CONNECTING_MAX)
            start_stream(load, &load->streams[load->started++]);
        turn(load, deadline);
        if (!told && load->opened == load->count) {
            told = true;
            puts("ready");
            fflush(stdout);
        }
    }
}

/* ---- set-up and result ---- */

static int print_result(const struct load *load, double seconds)
{
    uint64_t received = 0, repeated = 0, disordered = 0, foreign = 0;
    uint64_t missing;

    for (size_t i = 0; i < load->count; i++) {
        const struct stream *stream = &load->streams[i];

        received += stream->seen;
        repeated += stream->repeated;
        disordered += stream->disordered;
        foreign += stream->foreign;
    }
    missing = load->count * load->events - received;
    printf("{\"streams\":%zu,\"events\":%llu,\"opened\":%zu,\"received\":%llu,\"missing\":%llu,"
           "\"repeated\":%llu,"
           "\"disordered\":%llu,\"foreign\":%llu,\"closed\":%zu,\"seconds\":%.3f}\n",
           load->count, (unsigned long long)load->events, load->opened,
           (unsigned long long)received, (unsigned long long)missing, (unsigned long long)repeated,
           (unsigned long long)disordered, (unsigned long long)foreign, load->closed, seconds);
    return missing + repeated + disordered + foreign == 0 && load->closed == 0 ? 0 : 1;
}

/* As many descriptors as we may have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Resolves HOST:PORT; NULL, with a message, if it is none. */
static struct addrinfo *resolve(const char *authority)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *colon = strrchr(authority, ':');
    char host[256];
    int status;

    if (colon == NULL || (size_t)(colon - authority) >= sizeof host) {
        fprintf(stderr, "streams: not HOST:PORT: %s\n", authority);
        return NULL;
    }
    memcpy(host, authority, (size_t)(colon - authority));
    host[colon - authority] = '\0';
    status = getaddrinfo(host, colon + 1, &hints, &found);
    if (status != 0)
        fprintf(stderr, "streams: %s: %s\n", authority, gai_strerror(status));
    return status == 0 ? found : NULL;
}

static int make_streams(struct load *load)
{
    load->streams = calloc(load->count, sizeof *load->streams);
    if (load->streams == NULL)
        return -1;
    for (size_t i = 0; i < load->count; i++) {
        load->streams[i].fd = -1;
        load->streams[i].expected = 1;
        load->streams[i].seen_bits = calloc((size_t)(load->events + 7) / 8, 1);
        if (load->streams[i].seen_bits == NULL)
            return -1;
    }
    return 0;
}

static void release(struct load *load)
{
    for (size_t i = 0; load->streams != NULL && i < load->count; i++) {
        if (load->streams[i].fd >= 0)
            close(load->streams[i].fd);
        free(load->streams[i].seen_bits);
    }
    free(load->streams);
    if (load->address != NULL)
        freeaddrinfo(load->address);
    if (load->epoll >= 0)
        close(load->epoll);
}

static int usage(void)
{
    fputs("usage: streams HOST:PORT PATH COUNT EVENTS [--timeout S]\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct load load = {.epoll = -1};
    uint64_t timeout_s = DEFAULT_TIMEOUT_S;
    double start = now_s();
    int status = 1;

    if (argc != 5 && !(argc == 7 && strcmp(argv[5], "--timeout") == 0))
        return usage();
    load.authority = argv[1];
    load.path = argv[2];
    load.count = (size_t)parse_number(argv[3], strlen(argv[3]), 1000000);
    load.events = parse_number(argv[4], strlen(argv[4]), 100000000);
    if (argc == 7)
        timeout_s = parse_number(argv[6], strlen(argv[6]), 86400);
    if (load.count == 0 || load.events == 0 || timeout_s == 0 || strlen(load.path) > 512)
        return usage();

    raise_descriptor_limit();
    load.address = resolve(load.authority);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load.address != NULL && load.epoll >= 0 && make_streams(&load) == 0) {
        run(&load, start + (double)timeout_s);
        status = print_result(&load, now_s() - start);
    }
    release(&load);
    return status;
}
