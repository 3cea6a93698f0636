/* How this process was started, as far as it can tell: what is on descriptor 0, what the
 * environment says. */
#ifndef SSE_ORIGIN_H
#define SSE_ORIGIN_H

#include "config.h"

enum origin {
    ORIGIN_UNKNOWN,    /* by hand, without a socket */
    ORIGIN_LISTEN,     /* with the address of a socket of its own */
    ORIGIN_LISTEN_FDS, /* with descriptor 3 on (sd_listen_fds(3)) */
    ORIGIN_DESCRIPTOR, /* with a listening socket on descriptor 0 (FastCGI 1.0, 2.2) */
    ORIGIN_MOD_FCGID, /* likewise, by Apache's mod_fcgid: one request at a time, and not for long */
    ORIGIN_CGI        /* for one request (RFC 3875) */
};

/* Finds it out. ORIGIN_LISTEN is not found here: it is a setting. */
enum origin origin_find(void);

/* Whether that setting makes it ORIGIN_LISTEN; and gives settings that nobody has set the values
 * that fit the origin. */
enum origin origin_settle(enum origin origin, struct config *config);

/* For the log. */
const char *origin_name(enum origin origin);

#endif
