/* One HTTP/1.1 response out of bytes in any split: its status, then its body, with or without
 * chunks. */
#ifndef BENCH_HTTP_READER_H
#define BENCH_HTTP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"

enum http_part { HTTP_STATUS, HTTP_HEADER, HTTP_BODY, HTTP_CHUNK_SIZE, HTTP_CHUNK, HTTP_CHUNK_END };

enum http_end {
    HTTP_GOES_ON,
    HTTP_COMPLETE, /* the server ended the response properly: by the last chunk, by its length */
    HTTP_BROKEN    /* this is no HTTP/1.1 */
};

/* All zero, but for the line, begins a response. */
struct http_reader {
    enum http_part part;
    int status; /* 0: not there yet */
    bool is_chunked, has_length;
    uint64_t left; /* of the chunk, or of the body when it has a length */
    uint64_t body; /* bytes of body so far */
    struct line line;
};

typedef void http_body_callback(void *arg, const char *bytes, size_t length);

/* Begins the next response. */
void http_reader_restart(struct http_reader *reader);

/* Calls `on_body` with pieces of the body, if the status is 200. */
enum http_end http_reader_feed(struct http_reader *reader, const char *bytes, size_t length,
                               http_body_callback *on_body, void *arg);

void http_reader_deinit(struct http_reader *reader);

#endif
