/* Waiting for a descriptor: for how long, and who may end it sooner. */
#ifndef SSE_PATIENCE_H
#define SSE_PATIENCE_H

#include <stdint.h>

#define PATIENCE_FOREVER UINT64_MAX

struct patience {
    uint64_t deadline_ms; /* by patience_now_ms, or PATIENCE_FOREVER */
    uint32_t silence_ms;  /* the most that one wait takes: nothing moves for so long */
    int stop_fd;          /* readable: stop waiting; -1 for none */
};

/* The monotonic clock, in ms. */
uint64_t patience_now_ms(void);

/* Waits until poll(2) has something to say of the descriptor for `events`. Returns 0; or -1 with
 * errno: ETIMEDOUT, ECANCELED when the stop descriptor is readable, or poll's own. */
int patience_wait(const struct patience *patience, int fd, short events);

/* Lets time pass, the deadline being the end of it. Returns 0; or -1 with errno ECANCELED, or
 * poll's own. */
int patience_pause(const struct patience *patience, uint32_t ms);

/* Words for an errno, also for those above. Valid until the next call. */
const char *patience_explain(int error);

#endif
