/* The way to the web server, watched by the loop: records go out without blocking, its end is
 * noticed. It is a socket, or, one way only, whatever CGI has as standard output. */
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
    bool is_one_way;    /* nothing is read; its end is a hangup or an error */
    int flags;          /* of `fd` as it came, which it gets back when it is one-way */
    bool wants_write;   /* the socket is full: we wait until it takes more */
    struct queue queue; /* what is to go out; add with queue_take */
};

enum outlet_input { INPUT_OPEN, INPUT_ENDED, INPUT_BROKEN };

/* Takes `fd`, makes it non-blocking and watches it; also when it fails, with -1, the descriptor is
 * closed. With `is_one_way` it may be a pipe as well, and SIGPIPE must be ignored; what may be read
 * there, the end of input above all, means nothing: CGI has it from the start. `on_event` is called
 * when there is something for outlet_look, and, while bytes wait for a full socket, when it takes
 * more; poll.data is then `data`. */
int outlet_open(struct outlet *outlet, uv_loop_t *loop, int fd, bool is_one_way,
                uv_poll_cb on_event, void *data);

/* Writes what waits, as far as the socket takes it. Returns how many bytes, or -1 when the peer is
 * gone. */
ssize_t outlet_write(struct outlet *outlet);

/* What an event says about the web server: INPUT_ENDED and INPUT_BROKEN mean that the client is
 * gone. The arguments are those of `on_event`. */
enum outlet_input outlet_look(struct outlet *outlet, int status, int events);

/* The web server has nothing more to say: what comes is dropped, what counts is the end. What is
 * left after a few reads waits for the next event. */
enum outlet_input outlet_drop_input(struct outlet *outlet);

/* Closes the socket and lets go of what waits. One that is one-way blocks again, if it did: it may
 * be a terminal, whose user keeps it. The memory of the outlet must stay until `on_closed`
 * is called, with &outlet->poll. */
void outlet_close(struct outlet *outlet, uv_close_cb on_closed);

#endif
