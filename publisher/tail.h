/* What sse-tail does with the events of a stream, and when it has seen enough. */
#ifndef SSE_TAIL_H
#define SSE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "http_stream.h"
#include "stop.h"
#include "tail_print.h"

#define TAIL_UNTIL_MAX 16

/* Texts must outlive the run. */
struct tail_settings {
    struct http_settings http;
    const char *shown_url; /* without a password, for messages */
    enum tail_form form;
    const char *cursor_path;           /* NULL: none is kept */
    const char *command;               /* run for each event, which then is not printed; or NULL */
    const char *until[TAIL_UNTIL_MAX]; /* EVENT or EVENT=DATA */
    size_t until_count;
    uint64_t count;      /* so many events are enough; 0: no number is */
    uint64_t timeout_ms; /* 0: for ever */
    uint32_t silence_ms; /* a stream that is silent for longer is dead */
    bool is_verbose;
};

/* Follows the stream. Returns the code to exit with, after it said on stderr why if it is not 0:
 * EX_OK, EXIT_FAILURE, EX_UNAVAILABLE, EX_TEMPFAIL; or 0 with *was_stopped when a held signal is
 * what ended it. */
int tail_run(const struct tail_settings *settings, struct stop *stop, bool *was_stopped);

#endif
