/* What happened to all clients together: their states, how connections ended, what came. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "latency.h"

enum client_state {
    CLIENT_AWAY,       /* told to stay away */
    CLIENT_WAITING,    /* until it is time to reconnect */
    CLIENT_QUEUED,     /* for its turn to connect */
    CLIENT_CONNECTING, /* no connection yet */
    CLIENT_ASKED,      /* no byte of the response yet */
    CLIENT_ANSWERED,   /* the response has begun */
    CLIENT_LIVE,       /* stream-open has come on this connection */
    CLIENT_CLOSING,
    CLIENT_DONE, /* 204: it stays away for good */
    CLIENT_STATES
};

/* How a connection ended. */
enum client_end {
    END_CLEAN,      /* the server completed the response */
    END_CUT,        /* in the middle of a body */
    END_EMPTY,      /* after the header, before any body */
    END_UNANSWERED, /* before the header was whole */
    END_STATUS,     /* another status than 200 */
    END_REFUSED,    /* no connection */
    END_SILENT,     /* no byte for too long: left by us */
    END_BROKEN,     /* no HTTP/1.1 */
    END_OURS,       /* left by us, as we were told */
    CLIENT_ENDS
};

struct tally {
    size_t clients;
    size_t in_state[CLIENT_STATES];
    uint64_t ends[CLIENT_ENDS];
    uint64_t statuses[600];
    uint64_t connections, reconnects;
    uint64_t events, without_id, opens, resets;
    struct latency latency; /* from publishing, by the id, to a live client */
    bool all_live;
    uint64_t incomplete_since; /* ms of uv_hrtime when the first was not live any more */
};

/* The one who may count a client's change of state; prints a line when the last one is live. */
void tally_move(struct tally *tally, enum client_state from, enum client_state to);

/* How many clients should be live. */
size_t tally_expected(const struct tally *tally);

/* Starts the stopwatch for "all live" anew. */
void tally_start_watch(struct tally *tally);

/* Prints `"waiting":0,…`, without braces: everything counted. */
void tally_print(const struct tally *tally);

/* Prints the percentiles since the last call, and forgets them. */
void tally_print_latency(struct tally *tally);

#endif
