/* The way in: threads that accept connections and read requests (intake.h), which blocks; the
 * loop gets each request whole.
 *
 * One thread at a time accepts. While it reads the request another one takes its place, so a peer
 * that says nothing, or stops half-way, holds nobody up; it is dropped after a few seconds. */
#ifndef SSE_GATEWAY_H
#define SSE_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "arrival.h"

struct gateway;

/* Starts to accept on `listen_fd`, which stays the caller's, must outlive the gateway, and is made
 * non-blocking. Call it with those signals blocked that the loop is to handle: the
 * threads inherit the mask. NULL when threads, descriptors or memory are short. */
struct gateway *gateway_new(uv_loop_t *loop, int listen_fd, arrival_fn *on_arrival, void *context);

/* So many streams are open: the more there are, the fewer connections may wait (limit.h). */
void gateway_set_streams(struct gateway *gateway, size_t streams);

/* Waits for no more connections. Those that are there are accepted still, and arrive. */
void gateway_stop(struct gateway *gateway);

/* Accepts not even those: they are for another process, if one has the socket too. What is accepted
 * arrives. */
void gateway_shut(struct gateway *gateway);

/* Whether no request is being read and none is about to arrive; once it is stopped: none ever. */
bool gateway_is_quiet(struct gateway *gateway);

/* Ends the threads, dropping what they still read, and closes requests that have not arrived. The
 * loop must run once more for its handle. NULL does nothing. */
void gateway_free(struct gateway *gateway);

#endif
