/* What Redis answers to the responder's queries, read and checked. */
#ifndef SSE_ANSWERS_H
#define SSE_ANSWERS_H

#include <hiredis/hiredis.h>
#include <stddef.h>

#include "core/event_id.h"
#include "log_reads.h"
#include "page.h"
#include "starts.h"

/* The answer to query_start. Returns NULL, and the caller frees start->channels with free(3); its
 * names point into the reply. Or what is wrong; Redis' own words if it refused. */
const char *answer_start(struct start_answer *start, const redisReply *reply);

/* The answer to query_log, as the page that was read; `event_max` bytes may an event have. NULL
 * without memory, with *why NULL, or when the answer is none, and *why says so. */
struct page *answer_log(const redisReply *reply, const struct log_read *read, size_t event_max,
                        const char **why);

/* Element `i` of the answer to query_newest: 0-0 if the channel is not known. */
struct event_id answer_newest(const redisReply *reply, size_t i);

#endif
