/* Headers of answers. */
#include "reply.h"

#include <string.h>

#define METHODS "GET, HEAD, OPTIONS"

static const char *phrase(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    default:
        return "Internal Server Error";
    }
}

static bool is_allowed(const struct config *config, const char *origin)
{
    for (size_t i = 0; config->origins != NULL && config->origins[i] != NULL; i++)
        if (strcmp(config->origins[i], origin) == 0)
            return true;
    return false;
}

/* CORS fields that every answer has; none at all unless CORS is configured. Credentials go with
 * named origins only: with `*` browsers refuse them. */
static int add_cors(struct buf *out, const struct config *config, const char *origin)
{
    if (!config->any_origin && config->origins == NULL)
        return 0;
    if (buf_adds(out, "Vary: Origin\r\n") < 0)
        return -1;
    if (config->any_origin)
        return buf_adds(out, "Access-Control-Allow-Origin: *\r\n");
    if (!is_allowed(config, origin))
        return 0;
    return buf_addf(out,
                    "Access-Control-Allow-Origin: %s\r\n"
                    "Access-Control-Allow-Credentials: true\r\n",
                    origin);
}

int reply_stream(struct buf *out, const struct config *config, const char *origin)
{
    if (buf_adds(out, "Status: 200 OK\r\n"
                      "Content-Type: text/event-stream; charset=utf-8\r\n"
                      "Cache-Control: no-cache, no-transform\r\n"
                      "X-Accel-Buffering: no\r\n"
                      "Incremental: ?1\r\n") < 0 ||
        add_cors(out, config, origin) < 0)
        return -1;
    return buf_adds(out, "\r\n");
}

int reply_options(struct buf *out, const struct config *config, const char *origin)
{
    if (buf_adds(out, "Status: 204 No Content\r\n"
                      "Allow: " METHODS "\r\n") < 0 ||
        add_cors(out, config, origin) < 0)
        return -1;
    if ((config->any_origin || is_allowed(config, origin)) &&
        buf_adds(out, "Access-Control-Allow-Methods: " METHODS "\r\n"
                      "Access-Control-Allow-Headers: Authorization, Cache-Control, Content-Type, "
                      "Last-Event-ID, X-SSE-Event\r\n"
                      "Access-Control-Max-Age: 86400\r\n") < 0)
        return -1;
    return buf_adds(out, "\r\n");
}

int reply_over(struct buf *out, const struct config *config, const char *origin)
{
    if (buf_adds(out, "Status: 204 No Content\r\n"
                      "Cache-Control: no-store\r\n") < 0 ||
        add_cors(out, config, origin) < 0)
        return -1;
    return buf_adds(out, "\r\n");
}

int reply_refusal(struct buf *out, const struct config *config, const char *origin, int status,
                  const struct buf *why)
{
    if (buf_addf(out,
                 "Status: %d %s\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "Cache-Control: no-store\r\n",
                 status, phrase(status)) < 0 ||
        (status == 405 && buf_adds(out, "Allow: " METHODS "\r\n") < 0) ||
        add_cors(out, config, origin) < 0 || buf_adds(out, "\r\n") < 0)
        return -1;
    return buf_add(out, why->data, why->len);
}
