/* The web server's side of FastCGI, by hand: requests as bytes, and answers taken apart again.
 * Written after the specification (FastCGI 1.0, sections 3 and 8), not after fcgi/record.c. */
#ifndef SSE_TEST_FCGI_MODEL_H
#define SSE_TEST_FCGI_MODEL_H

#include "test.h"

enum {
    FCGI_MODEL_BEGIN = 1,
    FCGI_MODEL_END = 3,
    FCGI_MODEL_PARAMS = 4,
    FCGI_MODEL_STDIN = 5,
    FCGI_MODEL_STDOUT = 6
};

/* An answer so far. */
struct answer {
    struct buf output; /* the content of its STDOUT records */
    size_t records;    /* STDOUT records that are not empty */
    bool stdout_ended; /* by an empty one */
    bool ended;        /* END_REQUEST came, complete and with status 0 */
    size_t used;       /* bytes of whole records */
};

static inline void put_record(struct buf *out, int type, uint16_t id, const void *content,
                              size_t len)
{
    const unsigned char header[] = {1,
                                    (unsigned char)type,
                                    (unsigned char)(id >> 8),
                                    (unsigned char)id,
                                    (unsigned char)(len >> 8),
                                    (unsigned char)len,
                                    0,
                                    0};

    if (buf_add(out, header, sizeof header) < 0 || buf_add(out, content, len) < 0)
        fail_msg("no room for a record");
}

/* A name or value of at most 127 bytes has a length of one byte, a longer one of four. */
static inline void put_length(struct buf *out, size_t len)
{
    const unsigned char four[] = {(unsigned char)(0x80 | len >> 24), (unsigned char)(len >> 16),
                                  (unsigned char)(len >> 8), (unsigned char)len};

    buf_add(out, len < 128 ? &four[3] : four, len < 128 ? 1 : 4);
}

static inline void put_param(struct buf *out, const char *name, const char *value)
{
    put_length(out, strlen(name));
    put_length(out, strlen(value));
    buf_adds(out, name);
    buf_adds(out, value);
}

/* A whole GET request. `flags` 1 keeps the connection. */
static inline void put_request(struct buf *out, uint16_t id, int flags, const char *uri)
{
    const unsigned char begin[] = {0, 1, (unsigned char)flags, 0, 0, 0, 0, 0};
    struct buf params;

    buf_init(&params, 60000);
    put_param(&params, "REQUEST_METHOD", "GET");
    put_param(&params, "REQUEST_URI", uri);
    put_param(&params, "EMPTY", "");
    put_record(out, FCGI_MODEL_BEGIN, id, begin, sizeof begin);
    put_record(out, FCGI_MODEL_PARAMS, id, params.data, params.len);
    put_record(out, FCGI_MODEL_PARAMS, id, "", 0);
    put_record(out, FCGI_MODEL_STDIN, id, "", 0);
    buf_deinit(&params);
}

static inline void answer_init(struct answer *answer)
{
    *answer = (struct answer){0};
    buf_init(&answer->output, SIZE_MAX);
}

static inline void answer_deinit(struct answer *answer)
{
    buf_deinit(&answer->output);
}

/* Takes the whole records apart; what is left of the bytes is the start of another. Fails the test
 * for what may not come on request `id`. */
static inline void answer_read(struct answer *answer, const unsigned char *bytes, size_t len,
                               uint16_t id)
{
    size_t at = 0;

    while (len - at >= 8) {
        const unsigned char *header = bytes + at;
        size_t content = (size_t)header[4] << 8 | header[5], padding = header[6];
        if (len - at < 8 + content + padding)
            break;
        if (header[0] != 1 || (header[2] << 8 | header[3]) != id || answer->ended)
            fail_msg("a record of version %d for request %d", header[0],
                     header[2] << 8 | header[3]);
        if (header[1] == FCGI_MODEL_STDOUT && !answer->stdout_ended) {
            answer->stdout_ended = content == 0;
            answer->records += content > 0;
            buf_add(&answer->output, header + 8, content);
        } else if (header[1] == FCGI_MODEL_END && content == 8) {
            answer->ended = true;
            for (int i = 0; i < 5; i++)
                if (header[8 + i] != 0)
                    fail_msg("the request ends with a status");
        } else {
            fail_msg("a record of type %d", header[1]);
        }
        at += 8 + content + padding;
    }
    answer->used = at;
}

#endif
