/* The other way in: the one request of a process that was started by CGI (RFC 3875). Parameters
 * come from the environment, the body from standard input; the answer goes to standard output. */
#ifndef SSE_CGI_H
#define SSE_CGI_H

#include <stdbool.h>
#include <uv.h>

#include "arrival.h"
#include "core/buf.h"

struct cgi;

/* Whether an answer can be written to `fd` without blocking; if not, *why says what is wrong. To be
 * called before there are other descriptors: this one may be closed, and its number free. */
bool cgi_can_answer(int fd, struct buf *why);

/* Has `on_arrival` called once, from the loop, with `output` and a copy of the NULL-terminated
 * `environment`, when the body on `input` has come to its end. It is dropped: servers dislike it
 * when nobody reads it. A slow one is not waited for longer than a few seconds. `input` stays the
 * caller's, and blocks again by then, if it did; `output` stays so until then. NULL without
 * memory. */
struct cgi *cgi_new(uv_loop_t *loop, int input, int output, char *const *environment,
                    arrival_fn *on_arrival, void *context);

/* Whether the request has arrived: no other one ever will. */
bool cgi_is_spent(const struct cgi *cgi);

/* The loop must run once more for its handles. NULL does nothing. */
void cgi_free(struct cgi *cgi);

#endif
