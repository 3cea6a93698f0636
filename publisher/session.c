/* The words of sse-publish. */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define MESSAGE_MAX 4096

struct redis_publish *session_connect(const struct target *target)
{
    struct buf why, url;

    buf_init(&why, MESSAGE_MAX);
    buf_init(&url, MESSAGE_MAX);
    struct redis_publish *redis = redis_publish_open(&target->redis, &target->keys, &why);
    if (redis == NULL && redis_url_describe(&url, &target->redis) == 0)
        fprintf(stderr,
                "sse-publish: not published: Redis at %.*s: %.*s (SSE_REDIS or --redis "
                "says where it is)\n",
                (int)url.len, url.data, (int)why.len, why.data ? why.data : "");
    buf_deinit(&why);
    buf_deinit(&url);
    return redis;
}

int session_report(const struct publish_result *result)
{
    switch (result->outcome) {
    case PUBLISH_DONE:
        printf("%s\n", result->id);
        return EX_OK;
    case PUBLISH_NOT_LIVE:
        printf("%s\n", result->id);
        fprintf(stderr, "sse-publish: %s is stored, but not sent live: %s\n", result->id,
                result->error);
        return EXIT_FAILURE;
    case PUBLISH_REFUSED:
        fprintf(stderr, "sse-publish: not published: Redis says: %s\n", result->error);
        return EX_UNAVAILABLE;
    default:
        fprintf(stderr, "sse-publish: not known whether it is published: Redis went away: %s\n",
                result->error);
        return EX_TEMPFAIL;
    }
}

int session_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "sse-publish: standard output: %s\n", strerror(errno));
    return -1;
}
