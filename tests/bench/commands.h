/* What is said to the clients on standard input, one command a line; answers are lines of JSON.
 *
 *     cut [WHICH]      close connections, and reconnect at once with the cursor
 *     leave [WHICH]    close connections, and stay away
 *     come [WHICH]     come back, with the cursor
 *     stall WHICH      stop reading
 *     drip WHICH       read a byte a second
 *     resume WHICH     read again
 *     status           print what is counted
 *     latency          print the percentiles since the last time, in microseconds
 *     check FILE [S]   wait until all have the newest event of FILE, for S seconds (30) at most,
 * and check them against it finish FILE [S]  the same, and exit: 0 if nothing is wrong
 *
 * WHICH is a number, a range like 10-19, or all. The end of the input ends the program. */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "client.h"

/* All clients. */
struct crowd {
    struct surroundings around;
    struct client *clients;
    size_t count;
    bool resets_allowed;
    int status; /* the exit status: 0 unless `finish` found something wrong */
};

struct commands;

/* Begins to read standard input on the crowd's loop; stops the loop at the end. NULL without
 * memory. */
struct commands *commands_start(struct crowd *crowd);

/* Closes its handles. Free it when the loop is done. */
void commands_close(struct commands *commands);
void commands_free(struct commands *commands);

#endif
