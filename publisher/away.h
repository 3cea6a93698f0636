/* What is said of a Redis that is away: where it was looked for, and what sets that. */
#ifndef SSE_AWAY_H
#define SSE_AWAY_H

#include "core/redis_url.h"

#define AWAY_WORDS_MAX 1024

/* "Redis at <url>: <why> (SSE_REDIS or --redis says where it is)", the URL without its user and
 * password; what is too long is cut. */
void away_words(char out[AWAY_WORDS_MAX], const struct redis_url *url, const char *why);

#endif
