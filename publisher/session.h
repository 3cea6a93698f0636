/* What sse-publish says while it publishes: ids on stdout, words on stderr, and its exit codes. */
#ifndef SSE_SESSION_H
#define SSE_SESSION_H

#include <stdbool.h>

#include "redis_publish.h"
#include "stop.h"
#include "target.h"

struct session_manner {
    bool is_quiet;   /* no ids, no word while Redis is waited for: only what went wrong */
    bool is_verbose; /* a line on stderr for each event */
    bool is_json;    /* on stdout objects with id, channel, size and receivers instead of ids */
};

/* While Redis is waited for SIGINT and SIGTERM end that, not the process: what is known is said
 * first. At all other times they end the process. */
struct session {
    const struct target *target;
    const struct session_manner *manner;
    struct stop stop;
    struct redis_publish *redis;
};

/* Returns the exit code EX_OK; or another one, after it said why. End with session_end, whatever
 * was returned. `target` and `manner` must live as long. */
int session_begin(struct session *session, const struct target *target,
                  const struct session_manner *manner);

/* Connects. Returns as session_report does. */
int session_connect(struct session *session);

/* Prints the id in the manner that is asked for, or says what went wrong. `lines` says what it is
 * about: NULL for the only event, or like "line 7: " or "lines 7 to 12: ". Returns the exit code:
 * 0, 1, EX_UNAVAILABLE when nothing is published, EX_TEMPFAIL when that is not known. */
int session_report(const struct session *session, const struct publish_result *result,
                   const char *lines);

/* Writes out the ids. Returns -1, after it said so, when nobody takes them. */
int session_flush(void);

void session_end(struct session *session);

#endif
