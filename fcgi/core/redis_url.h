/* Where Redis is: `redis://[user:password@]host[:port][/db]` or `unix:/path`. */
#ifndef SSE_CORE_REDIS_URL_H
#define SSE_CORE_REDIS_URL_H

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

void redis_url_deinit(struct redis_url *url);

/* Appends the URL without its user and password, for messages. Returns as buf_add. */
int redis_url_describe(struct buf *out, const struct redis_url *url);

#endif
