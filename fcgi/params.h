/* The CGI parameters of one request (RFC 3875, section 4), as the web server sent them. */
#ifndef SSE_PARAMS_H
#define SSE_PARAMS_H

#include <stddef.h>

/* `NAME=value`, each ended by a NUL, in one block. Zeroed: no parameters. */
struct params {
    char *block;
    size_t len;
};

/* Copies a NULL-terminated environment. Returns 0; or -1 without memory, and *params is empty. */
int params_copy(struct params *params, char *const *envp);

void params_deinit(struct params *params);

/* The value of the parameter, "" if it is missing: servers differ on absent and empty. */
const char *params_get(const struct params *params, const char *name);

#endif
