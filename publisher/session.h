/* What sse-publish says while it publishes: ids on stdout, words on stderr, and its exit codes. */
#ifndef SSE_SESSION_H
#define SSE_SESSION_H

#include "redis_publish.h"
#include "target.h"

/* Connects, or says why not and returns NULL. */
struct redis_publish *session_connect(const struct target *target);

/* Prints the id, or says what went wrong. Returns the exit code: 0, 1, EX_UNAVAILABLE when nothing
 * is published, EX_TEMPFAIL when that is not known. */
int session_report(const struct publish_result *result);

/* Writes out the ids. Returns -1, after it said so, when nobody takes them. */
int session_flush(void);

#endif
