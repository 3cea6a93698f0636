/* What Redis answers to the responder's queries, read and checked. */
#ifndef SSE_ANSWERS_H
#define SSE_ANSWERS_H

#include <hiredis/hiredis.h>
#include <stddef.h>

#include "core/event_id.h"
#include "log_reads.h"
#include "page.h"
#include "queries.h"
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

/* The answer to query_leases. */
struct leases_answer {
    uint64_t now_ms;
    uint64_t next_ms; /* 0: there is no other one */
    size_t count;
    struct lease_text leases[LEASES_MOST]; /* into the reply */
};

/* Reads it. Returns NULL; or what is wrong, Redis' own words if it refused. */
const char *answer_leases(struct leases_answer *answer, const redisReply *reply);

/* The answer to a publish that claims a lease (core/keys.h). Returns NULL, with the id of the event
 * in *id, NULL there if there was nothing to claim; or what is wrong. */
const char *answer_claim(const char **id, const redisReply *reply);

#endif
