/* One GET of an event stream at a time, by libcurl. */
#ifndef SSE_HTTP_STREAM_H
#define SSE_HTTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "patience.h"

#define HTTP_HEADERS_MAX 32

/* Where, and as whom. What is NULL is not used. All texts must outlive the stream. */
struct http_settings {
    const char *url;       /* http or https */
    const char *unix_path; /* of a socket to connect to, whatever host the URL names */
    const char *cacert;    /* a file with the certificates to trust */
    const char *user;      /* NAME:PASSWORD; or NAME, and the password is in ~/.netrc */
    const char *token;     /* sent as `Authorization: Bearer`, not on to other hosts */
    const char *headers[HTTP_HEADERS_MAX]; /* "Name: value" */
    size_t header_count;
    bool is_insecure; /* any certificate will do */
    int output_fd;    /* a GET is canceled when nobody reads this pipe any more; -1 for none */
};

/* What became of a GET. The first two are to be tried again. */
enum http_end {
    HTTP_CLOSED,   /* the stream was open, and is over */
    HTTP_AWAY,     /* nobody there, or not for now: 5xx, 408, 429 */
    HTTP_OVER,     /* 204: there is nothing more, stay away (WHATWG HTML, 9.2.3) */
    HTTP_REFUSED,  /* another status, no event stream, a bad certificate: no use to try again */
    HTTP_CANCELED, /* a handler returned other than 0, the deadline, a stop descriptor, no reader */
    HTTP_NO_MEMORY
};

/* None may call http_stream functions. */
struct http_handlers {
    /* 200, and the content type is text/event-stream. */
    int (*on_open)(void *context);
    int (*on_bytes)(void *context, const char *bytes, size_t len);
};

struct http_stream;

/* Connects nothing yet. NULL without memory. */
struct http_stream *http_stream_new(const struct http_settings *settings,
                                    const struct http_handlers *handlers, void *context);
void http_stream_free(struct http_stream *stream);

/* Does a GET, with `Last-Event-ID` unless `cursor` is empty, until it is over. No byte for
 * patience's silence_ms ends it, too. Appends to `why` what is wrong, in words, unless it is over
 * as it should be. */
enum http_end http_stream_get(struct http_stream *stream, const char *cursor,
                              const struct patience *patience, struct buf *why);

#endif
