/* The words of sse-publish. */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "away.h"

static void on_notice(void *context, const char *why)
{
    const struct session *session = context;
    char words[AWAY_WORDS_MAX];

    if (session->manner->is_quiet)
        return;
    fflush(stdout); /* who reads the ids has them while we wait */
    fprintf(stderr, "sse-publish: ");
    if (why == NULL) {
        fprintf(stderr, "Redis is back\n");
        return;
    }
    away_words(words, &session->target->redis, why);
    fprintf(stderr, "%s; trying again for %g s\n", words, session->target->timeout_ms / 1000.0);
}

int session_begin(struct session *session, const struct target *target,
                  const struct session_manner *manner)
{
    const struct redis_patience patience = {.timeout_ms = target->timeout_ms,
                                            .stop_fd = &session->stop.fd,
                                            .notice = on_notice,
                                            .context = session};

    *session = (struct session){.target = target, .manner = manner};
    if (stop_init(&session->stop) < 0)
        fprintf(stderr, "sse-publish: not published: %s\n", strerror(errno));
    else if ((session->redis = redis_publish_new(&target->redis, &target->keys, &patience)) == NULL)
        fprintf(stderr, "sse-publish: not published: no memory\n");
    else
        return EX_OK;
    return EXIT_FAILURE;
}

int session_connect(struct session *session)
{
    struct publish_result result;

    if (redis_publish_connect(session->redis, &result) == 0)
        return EX_OK;
    return session_report(session, &result, NULL);
}

/* Tells of an event that is in the log. A channel needs no quoting in JSON. */
static void print_event(const struct session_manner *manner, const struct publish_result *result)
{
    char receivers[24] = "null";

    if (result->receivers >= 0)
        snprintf(receivers, sizeof receivers, "%" PRId64, result->receivers);
    if (manner->is_json)
        printf("{\"id\":\"%s\",\"channel\":\"%s\",\"size\":%zu,\"receivers\":%s}\n", result->id,
               result->channel, result->size, receivers);
    else if (!manner->is_quiet)
        printf("%s\n", result->id);
    if (manner->is_verbose && result->outcome == PUBLISH_DONE)
        fprintf(stderr, "sse-publish: %s on %s, bytes: %zu, receivers: %s\n", result->id,
                result->channel, result->size,
                result->receivers >= 0 ? receivers : "not known, an earlier try published it");
}

int session_report(const struct session *session, const struct publish_result *result,
                   const char *lines)
{
    char words[AWAY_WORDS_MAX];

    if (result->outcome == PUBLISH_DONE || result->outcome == PUBLISH_NOT_LIVE)
        print_event(session->manner, result);
    if (result->outcome == PUBLISH_DONE)
        return EX_OK;
    fprintf(stderr, "sse-publish: %s", lines ? lines : "");
    switch (result->outcome) {
    case PUBLISH_NOT_LIVE:
        fprintf(stderr, "%s is stored, but not sent live: %s\n", result->id, result->error);
        return EXIT_FAILURE;
    case PUBLISH_REFUSED:
        fprintf(stderr, "not published: Redis says: %s\n", result->error);
        return EX_UNAVAILABLE;
    case PUBLISH_AWAY:
        away_words(words, &session->target->redis, result->error);
        fprintf(stderr, "not published: %s\n", words);
        return EX_UNAVAILABLE;
    default:
        if (result->gave_up)
            away_words(words, &session->target->redis, result->error);
        fprintf(stderr, "not known whether %s published: %s\n",
                lines != NULL && strncmp(lines, "lines", 5) == 0 ? "they are" : "it is",
                result->gave_up ? words : result->error);
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

void session_end(struct session *session)
{
    redis_publish_close(session->redis);
    stop_deinit(&session->stop);
    session->redis = NULL;
}
