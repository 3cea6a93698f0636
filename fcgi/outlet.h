/* The socket to the web server, watched by the loop: records go out without blocking, the end of
 * its input is noticed. */
#ifndef SSE_OUTLET_H
#define SSE_OUTLET_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "queue.h"

struct outlet {
    uv_poll_t poll;
    uv_poll_cb on_event;
    int fd;
    bool wants_write;   /* the socket is full: we wait until it takes more */
    struct queue queue; /* what is to go out; add with queue_take */
};

enum outlet_input { INPUT_OPEN, INPUT_ENDED, INPUT_BROKEN };

/* Takes `fd`, makes it non-blocking and watches it; also when it fails, with -1, the descriptor is
 * closed. `on_event` is called when there is input, and, while bytes wait for a full socket, when
 * it takes more; poll.data is then `data`. */
int outlet_open(struct outlet *outlet, uv_loop_t *loop, int fd, uv_poll_cb on_event, void *data);

/* Writes what waits, as far as the socket takes it. Returns how many bytes, or -1 when the peer is
 * gone. */
ssize_t outlet_write(struct outlet *outlet);

/* The web server has nothing more to say: what comes is dropped, what counts is the end. What is
 * left after a few reads waits for the next event. */
enum outlet_input outlet_drop_input(struct outlet *outlet);

/* Closes the socket and lets go of what waits. The memory of the outlet must stay until `on_closed`
 * is called, with &outlet->poll. */
void outlet_close(struct outlet *outlet, uv_close_cb on_closed);

#endif
