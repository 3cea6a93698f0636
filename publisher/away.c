/* One sentence for all who wait for Redis. */
#include "away.h"

#include <stdio.h>

#define URL_MAX 512

void away_words(char out[AWAY_WORDS_MAX], const struct redis_url *url, const char *why)
{
    struct buf where;

    buf_init(&where, URL_MAX);
    redis_url_describe(&where, url);
    snprintf(out, AWAY_WORDS_MAX, "Redis at %.*s: %.256s (SSE_REDIS or --redis says where it is)",
             (int)where.len, where.data != NULL ? where.data : "", why);
    buf_deinit(&where);
}
