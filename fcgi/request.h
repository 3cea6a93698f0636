/* What a request asks for: CGI parameters -> method, channels, start; or an HTTP status and a
 * reason. */
#ifndef SSE_REQUEST_H
#define SSE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "core/buf.h"
#include "params.h"
#include "start.h"

#define REQUEST_CHANNELS_MAX 100 /* that one stream follows */

enum request_method { REQUEST_GET, REQUEST_HEAD, REQUEST_OPTIONS };

struct request {
    enum request_method method;
    char **channels; /* checked names and patterns, each once; owned */
    size_t channel_count;
    bool wrap;      /* data comes as JSON that names its channel */
    bool heartbeat; /* heartbeats come as events */
    struct start start;
};

/* Finds out by REQUEST_URI, REQUEST_METHOD and Last-Event-ID what is asked for. `now_ms` is Unix
 * time in milliseconds, for since=10m. Returns 200, and the caller ends the request with
 * request_deinit; or 400, 404, 405, 500, *why says what is wrong and what would be right, and
 * *request holds nothing. */
int request_parse(struct request *request, const struct params *params, const struct config *config,
                  uint64_t now_ms, struct buf *why);

void request_deinit(struct request *request);

#endif
