/* Redis URLs. */
#include "core/redis_url.h"

#include <stdlib.h>
#include <string.h>

#include "core/percent.h"
#include "core/secret.h"

#define REDIS_PORT 6379
#define DB_MAX     1000000

static const char FORM[] = "must be redis://[user:password@]host[:port][/db] or unix:/path";
static const char NO_MEMORY[] = "no memory";

/* A number of digits only, up to `max`; -1 for anything else. */
static int parse_number(const char *text, size_t len, int max)
{
    int value = 0;

    if (len == 0)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
        if (value > max)
            return -1;
    }
    return value;
}

static const char *decode(char **out, const char *text, size_t len)
{
    *out = malloc(len + 1);
    if (*out == NULL)
        return NO_MEMORY;
    if (percent_decode(*out, text, len, false) < 0)
        return "its user or password has a % without two hexadecimal digits (write % as %25)";
    return NULL;
}

/* `user:password`, `:password` or `user` before the @. */
static const char *parse_userinfo(struct redis_url *url, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    const char *why = NULL;

    if (colon == NULL)
        return len > 0 ? decode(&url->user, text, len)
                       : "before the @ it must be user:password, :password or user";
    if (colon > text)
        why = decode(&url->user, text, (size_t)(colon - text));
    if (why == NULL)
        why = decode(&url->password, colon + 1, len - (size_t)(colon + 1 - text));
    return why;
}

/* `host`, `host:port`, `[address]:port`. */
static const char *parse_authority(struct redis_url *url, const char *text, size_t len)
{
    const char *end = text + len, *host = text, *host_end, *rest;

    if (len > 0 && text[0] == '[') {
        host = text + 1;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (host_end == NULL)
            return "its [ is not closed";
        rest = host_end + 1;
    } else {
        host_end = memchr(text, ':', len);
        if (host_end == NULL)
            host_end = end;
        rest = host_end;
    }
    if (host_end == host)
        return FORM;
    url->port = REDIS_PORT;
    if (rest < end) {
        url->port = *rest == ':' ? parse_number(rest + 1, (size_t)(end - rest - 1), 65535) : -1;
        if (url->port < 1)
            return "its port is not a number from 1 to 65535";
    }
    url->host = strndup(host, (size_t)(host_end - host));
    return url->host != NULL ? NULL : NO_MEMORY;
}

static const char *parse_tcp(struct redis_url *url, const char *text)
{
    size_t len = strcspn(text, "/");
    const char *slash = text + len, *why = NULL;

    if (*slash == '/' && slash[1] != '\0') {
        url->db = parse_number(slash + 1, strlen(slash + 1), DB_MAX);
        if (url->db < 0)
            return "behind its last slash must be the number of a database";
    }
    for (const char *at = slash; at > text; at--)
        if (at[-1] == '@') {
            why = parse_userinfo(url, text, (size_t)(at - 1 - text));
            len -= (size_t)(at - text);
            text = at;
            break;
        }
    return why != NULL ? why : parse_authority(url, text, len);
}

const char *redis_url_parse(struct redis_url *url, const char *text)
{
    const char *why;

    *url = (struct redis_url){0};
    if (strncmp(text, "unix:", 5) == 0) {
        text += strncmp(text, "unix:///", 8) == 0 ? 7 : 5;
        why = *text == '/' ? NULL : "behind unix: must be the absolute path of a socket";
        if (why == NULL && (url->path = strdup(text)) == NULL)
            why = NO_MEMORY;
    } else if (strncmp(text, "redis://", 8) == 0) {
        why = parse_tcp(url, text + 8);
    } else if (strncmp(text, "rediss://", 9) == 0) {
        why = "TLS (rediss:) is not supported";
    } else {
        why = FORM;
    }
    if (why != NULL)
        redis_url_deinit(url);
    return why;
}

const char *redis_url_complete(struct redis_url *url, const char *password_file, bool *is_file)
{
    bool has_file = password_file != NULL && *password_file != '\0';

    *is_file = has_file && url->password == NULL;
    if (*is_file)
        return secret_read(&url->password, password_file);
    return url->user != NULL && url->password == NULL
               ? "names a user without a password: write user:password, or let "
                 "SSE_REDIS_PASSWORD_FILE name a file that has it"
               : NULL;
}

void redis_url_deinit(struct redis_url *url)
{
    free(url->path);
    free(url->host);
    free(url->user);
    free(url->password);
    *url = (struct redis_url){0};
}

int redis_url_describe(struct buf *out, const struct redis_url *url)
{
    if (url->path != NULL)
        return buf_addf(out, "unix:%s", url->path);
    return strchr(url->host, ':')
               ? buf_addf(out, "redis://[%s]:%d/%d", url->host, url->port, url->db)
               : buf_addf(out, "redis://%s:%d/%d", url->host, url->port, url->db);
}
