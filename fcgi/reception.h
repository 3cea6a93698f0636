/* Where requests come in: each becomes an event stream, is sent away for a while, or is answered.
 */
#ifndef SSE_RECEPTION_H
#define SSE_RECEPTION_H

#include <stdbool.h>

#include "config.h"
#include "greeting.h"
#include "hub.h"
#include "limit.h"
#include "params.h"
#include "stream.h"

struct reception {
    const struct config *config;
    struct streams *streams;
    struct hub *hub;
    struct limit *limit;
    struct greetings *greetings;
    bool is_stopping; /* whoever comes is sent away */
};

/* Answers the request on its new stream. */
void reception_serve(struct reception *reception, struct stream *stream,
                     const struct params *params);

/* Ends a stream for good reason: the client comes back, but not at the same time as all others. */
void reception_send_away(const struct reception *reception, struct stream *stream,
                         const char *reason);

#endif
