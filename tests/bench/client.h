/* One client like a browser's EventSource: it reconnects after any end, with its cursor. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "http_reader.h"
#include "record.h"
#include "sse_reader.h"
#include "tally.h"

STAILQ_HEAD(client_queue, client);

/* What all clients share. Set by the owner: all up to `burst`. */
struct surroundings {
    uv_loop_t *loop;
    struct sockaddr_storage address;
    const char *authority; /* HOST:PORT */
    char **patterns;       /* of targets; client i has the one at i modulo their number */
    size_t pattern_count;
    uint32_t
        retry_max_ms;    /* wait no longer than this before reconnecting, whatever `retry:` says */
    uint32_t silence_ms; /* leave a connection that has been silent for so long; 0: never */
    int receive_buffer;  /* bytes, 0: as the system has it */
    size_t burst;        /* requests that may be unanswered at a time */
    uint64_t random;     /* state of a generator, not 0 */
    size_t unanswered;   /* requests on their way */
    struct client_queue due; /* who waits for its turn to connect */
    struct tally tally;
};

enum after_close { RECONNECT_LATER, RECONNECT_AT_ONCE, STAY_AWAY, STAY_AWAY_FOR_GOOD };

/* Fields are for reading by others. */
struct client {
    struct surroundings *around;
    size_t number;
    enum client_state state;
    enum after_close after;
    bool is_stalled;  /* does not read */
    bool is_dripping; /* reads a byte when client_drip says so */
    bool is_behind;   /* was stalled on this connection: its events are old */
    uint64_t heard_ms;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connecting;
    struct http_reader http;
    struct sse_reader sse;
    struct record record;
    STAILQ_ENTRY(client) next;
};

/* Sets up a client that is away. `client` and `around` must outlive the loop's handles. */
void client_init(struct client *client, struct surroundings *around, size_t number);

/* Connects, when its turn has come, unless it does already. */
void client_come(struct client *client);

/* Closes the connection and does what `after` says; one that is away comes only when it is to
 * reconnect. */
void client_leave(struct client *client, enum after_close after);

/* Stops reading; with `is_dripping` it then reads a byte at each client_tick. */
void client_stall(struct client *client, bool is_dripping);

/* Reads again. */
void client_resume(struct client *client);

/* To be called once a second: drips, and leaves a connection that is silent for too long. */
void client_tick(struct client *client);

/* Writes what it asks for. */
int client_target(const struct client *client, char target[]);

/* Frees what it has, once its handles are closed. */
void client_deinit(struct client *client);

/* Closes its handles for good. */
void client_close(struct client *client);

#endif
