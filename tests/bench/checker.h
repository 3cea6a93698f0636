/* The promise, checked: each client has every acknowledged event of its channels, once, in order.
 */
#ifndef BENCH_CHECKER_H
#define BENCH_CHECKER_H

#include <stdbool.h>
#include <stddef.h>

#include "client.h"

/* A list of acknowledged publishes. */
struct acknowledged;

/* Reads a file of lines `channel id`, in any order. NULL, with a message, if it is none. */
struct acknowledged *acknowledged_read(const char *path);
size_t acknowledged_count(const struct acknowledged *acknowledged);
void acknowledged_free(struct acknowledged *acknowledged);

/* Whether the client has got as far as the newest event that it should have. True for one that is
 * away, or does not read. */
bool checker_has_newest(const struct acknowledged *acknowledged, const struct client *client);

struct verdict {
    size_t wanted;         /* events that clients should have */
    size_t missing;        /* of these, events that they do not have */
    size_t excused;        /* not there, but a stream-reset said so */
    size_t repeated;       /* came twice */
    size_t disordered;     /* came behind a newer one, or at or below a stream-open */
    size_t backwards;      /* stream-open or stream-reset below the cursor */
    size_t foreign;        /* acknowledged on a channel that the client does not follow */
    size_t unacknowledged; /* got, but nobody knows whether they were published: allowed */
    size_t resets, bad_resets;
    size_t unopened; /* clients that never had an id */
    size_t unreset;  /* clients that never had a stream-reset: neither good nor bad */
    size_t clients;  /* with something wrong */
};

/* Adds what is found of one client; prints a line about the first thing that is wrong with it while
 * `verdict->clients` is small. Returns -1 without memory. */
int checker_check(const struct acknowledged *acknowledged, const struct client *client,
                  struct verdict *verdict);

/* Prints the members of `verdict`, without braces. */
void verdict_print(const struct verdict *verdict);

/* Whether nothing is wrong; a stream-reset is, unless `resets_allowed`. */
bool verdict_is_good(const struct verdict *verdict, bool resets_allowed);

#endif
