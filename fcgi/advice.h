/* Limits that web servers have by default, and which of their directives raises them: told once,
 * when one is likely to end a stream or to keep clients out. */
#ifndef SSE_ADVICE_H
#define SSE_ADVICE_H

#include <stddef.h>

#include "config.h"
#include "origin.h"

struct advice {
    const struct config *config;
    enum origin origin;
    unsigned told; /* a bit a kind of limit */
};

/* `config` must live as long. */
void advice_init(struct advice *advice, enum origin origin, const struct config *config);

/* A request came from the server that calls itself `software` (SERVER_SOFTWARE, "" for none), and
 * `streams` are open. Writes each kind of line once a process, warnings but for the last:
 *
 *   limit-near server=h2o heartbeat_s=30 default_s=30 set="fastcgi.timeout.io"
 *   limit-near server=mod_fcgid max_age_s=900 default_s=300 set="FcgidBusyTimeout"
 *   limit-near server=nginx streams=304 default=380 set="worker_connections"
 *
 * Whether a limit has been raised already cannot be seen from here. */
void advice_give(struct advice *advice, const char *software, size_t streams);

#endif
