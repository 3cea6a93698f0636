/* FastCGI records to the web server (FastCGI 1.0, 3.3), shared by all streams that send them. */
#ifndef SSE_RECORD_H
#define SSE_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* One or more whole records, counted by reference, not changed after they were made. They carry
 * request id 1, the only one that web servers use. Not for more than one thread. */
struct record {
    unsigned refs;
    size_t len;
    unsigned char bytes[];
};

/* `len` bytes of output as FCGI_STDOUT records, as many as it takes (65,535 bytes each); len > 0.
 * The caller owns the one reference. NULL without memory. */
struct record *record_new_output(const void *content, size_t len);

/* What ends a request: the empty FCGI_STDOUT record, and FCGI_END_REQUEST (complete, status 0).
 * Otherwise as record_new_output. */
struct record *record_new_end(void);

/* Another reference to it. */
struct record *record_ref(struct record *record);

/* The same records for another request id: a new reference, to a copy unless the id is 1. NULL
 * without memory. */
struct record *record_for_request(struct record *record, uint16_t request_id);

/* The request id of an answer that is no FastCGI (which gives this id to no request, 3.3): its
 * copies are the output alone, without any framing; what ends a request is then empty. */
#define RECORD_UNFRAMED 0

/* Lets go of a reference; NULL is fine. */
void record_unref(struct record *record);

#endif
