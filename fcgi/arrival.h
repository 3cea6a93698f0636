/* A request that has come in, by whatever door. */
#ifndef SSE_ARRIVAL_H
#define SSE_ARRIVAL_H

#include <stdint.h>

#include "params.h"

/* The receiver owns descriptor and parameters. */
struct arrival {
    int fd;              /* where the answer goes; standard input is read to its end */
    uint16_t request_id; /* FastCGI's, or RECORD_UNFRAMED (record.h) */
    struct params params;
};

/* Called on the loop's thread. */
typedef void arrival_fn(void *context, const struct arrival *arrival);

#endif
