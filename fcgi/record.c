/* FastCGI framing of what goes to the web server. */
#include "record.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_MAX 65535 /* padding is optional (3.3), and none is used */
#define REQUEST_ID  1

static struct record *record_alloc(size_t len)
{
    struct record *record = malloc(sizeof *record + len);

    if (record != NULL) {
        record->refs = 1;
        record->len = len;
    }
    return record;
}

/* Writes the 8 bytes of a header and returns where the content goes. */
static unsigned char *put_header(unsigned char *at, unsigned char type, size_t len)
{
    const FCGI_Header header = {.version = FCGI_VERSION_1,
                                .type = type,
                                .requestIdB1 = REQUEST_ID >> 8,
                                .requestIdB0 = REQUEST_ID & 0xff,
                                .contentLengthB1 = (unsigned char)(len >> 8),
                                .contentLengthB0 = (unsigned char)(len & 0xff)};

    memcpy(at, &header, sizeof header);
    return at + sizeof header;
}

struct record *record_new_output(const void *content, size_t len)
{
    const unsigned char *from = content;
    size_t count = (len + CONTENT_MAX - 1) / CONTENT_MAX;
    struct record *record = record_alloc(len + count * FCGI_HEADER_LEN);

    if (record == NULL)
        return NULL;
    unsigned char *at = record->bytes;
    while (len > 0) {
        size_t n = len < CONTENT_MAX ? len : CONTENT_MAX;
        at = put_header(at, FCGI_STDOUT, n);
        memcpy(at, from, n);
        at += n;
        from += n;
        len -= n;
    }
    return record;
}

struct record *record_new_end(void)
{
    const FCGI_EndRequestBody body = {.protocolStatus = FCGI_REQUEST_COMPLETE};
    struct record *record = record_alloc(2 * FCGI_HEADER_LEN + sizeof body);

    if (record == NULL)
        return NULL;
    unsigned char *at = put_header(record->bytes, FCGI_STDOUT, 0);
    at = put_header(at, FCGI_END_REQUEST, sizeof body);
    memcpy(at, &body, sizeof body);
    return record;
}

struct record *record_ref(struct record *record)
{
    record->refs++;
    return record;
}

static size_t content_len(const FCGI_Header *header)
{
    return (size_t)(header->contentLengthB1 << 8 | header->contentLengthB0);
}

/* A copy of the output alone. */
static struct record *unframe(const struct record *record)
{
    struct record *copy = record_alloc(record->len);

    if (copy == NULL)
        return NULL;
    copy->len = 0;
    for (size_t at = 0; at < record->len;) {
        const FCGI_Header *header = (const FCGI_Header *)(record->bytes + at);
        at += FCGI_HEADER_LEN;
        if (header->type == FCGI_STDOUT) {
            memcpy(copy->bytes + copy->len, record->bytes + at, content_len(header));
            copy->len += content_len(header);
        }
        at += content_len(header);
    }
    return copy;
}

struct record *record_for_request(struct record *record, uint16_t request_id)
{
    if (request_id == REQUEST_ID)
        return record_ref(record);
    if (request_id == RECORD_UNFRAMED)
        return unframe(record);
    struct record *copy = record_alloc(record->len);
    if (copy == NULL)
        return NULL;
    memcpy(copy->bytes, record->bytes, record->len);
    for (size_t at = 0; at < copy->len;) {
        FCGI_Header *header = (FCGI_Header *)(copy->bytes + at); /* all its members are bytes */
        header->requestIdB1 = (unsigned char)(request_id >> 8);
        header->requestIdB0 = (unsigned char)(request_id & 0xff);
        at += FCGI_HEADER_LEN + content_len(header);
    }
    return copy;
}

void record_unref(struct record *record)
{
    if (record != NULL && --record->refs == 0)
        free(record);
}
