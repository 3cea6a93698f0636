/* CGI parameters, copied out of libfcgi into one block. */
#include "params.h"

#include <stdlib.h>
#include <string.h>

int params_copy(struct params *params, char *const *envp)
{
    size_t len = 0;

    *params = (struct params){0};
    for (char *const *at = envp; *at != NULL; at++)
        len += strlen(*at) + 1;
    if (len == 0)
        return 0;
    params->block = malloc(len);
    if (params->block == NULL)
        return -1;
    for (char *const *at = envp; *at != NULL; at++) {
        size_t n = strlen(*at) + 1;
        memcpy(params->block + params->len, *at, n);
        params->len += n;
    }
    return 0;
}

void params_deinit(struct params *params)
{
    free(params->block);
    *params = (struct params){0};
}

const char *params_get(const struct params *params, const char *name)
{
    size_t len = strlen(name);

    for (size_t at = 0; at < params->len; at += strlen(params->block + at) + 1) {
        const char *entry = params->block + at;
        if (strncmp(entry, name, len) == 0 && entry[len] == '=')
            return entry + len + 1;
    }
    return "";
}
