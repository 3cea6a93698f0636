/* Where Redis is: `redis://[user:password@]host[:port][/db]` or `unix:/path`. The password may lie
 * in a file instead: `redis://user@host`. */
#ifndef SSE_CORE_REDIS_URL_H
#define SSE_CORE_REDIS_URL_H

#include <stdbool.h>

#include "core/buf.h"

#define REDIS_URL_DEFAULT "redis://127.0.0.1:6379"

/* Strings are owned by the struct; NULL where the URL has no such part. */
struct redis_url {
    char *path; /* of a Unix socket; NULL for TCP */
    char *host; /* an address or a name, IPv6 without brackets */
    int port;
    char *user; /* percent-decoded, as is the password */
    char *password;
    int db;
};

/* Reads a URL. Returns NULL, and the caller ends it with redis_url_deinit; or what is wrong with
 * it (never quoting it, since it may hold a password), and *url holds nothing. */
const char *redis_url_parse(struct redis_url *url, const char *text);

/* Sees to it that a URL with a user has a password: its own, or, where it has none, that in the
 * file (core/secret.h; NULL or "" for none), which may be there without a user as well. Returns
 * NULL; or what is wrong, and in *is_file whether it is said of the file. */
const char *redis_url_complete(struct redis_url *url, const char *password_file, bool *is_file);

void redis_url_deinit(struct redis_url *url);

/* Appends the URL without its user and password, for messages. Returns as buf_add. */
int redis_url_describe(struct buf *out, const struct redis_url *url);

#endif
