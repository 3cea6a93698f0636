/* What the web server passed on with a request, in one line of the log at debug:
 *
 *   request stream=3 method=GET uri="/sse/a?x=1" server="nginx/1.22.1" protocol=HTTP/1.1
 *   user=alice authorization=yes cookie=no cursor="1-0"
 *
 * What is empty is left out. Of credentials it is only told whether they came; but the URI is told
 * as it is, with what its query holds. A value never ends early: `?` stands for a quote in it. */
#ifndef SSE_REQUEST_LOG_H
#define SSE_REQUEST_LOG_H

#include <stdint.h>

#include "params.h"

/* Writes the line for the request that `stream` (its number) answers. Costs nothing when the level
 * is not debug; says less without memory. */
void request_log(uint64_t stream, const struct params *params);

#endif
