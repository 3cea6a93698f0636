/* Reading a request off a connection, with libfcgi (FastCGI 1.0). */
#ifndef SSE_INTAKE_H
#define SSE_INTAKE_H

#include "arrival.h"

/* Once, before all else. Returns 0 or -1. */
int intake_init(void);

/* Takes the connection `fd` and reads one request from it, to the end of its standard input: its
 * empty record may come late, and would look like life on the socket. Blocks; whoever shuts the
 * connection down ends it. Returns 0, and *arrival is the caller's; or -1 if there is no whole
 * request, and `fd` is closed. From any thread. */
int intake_read(int fd, struct arrival *arrival);

#endif
