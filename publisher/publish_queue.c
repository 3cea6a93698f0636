/* One list, and a mark in it. */
#include "publish_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void publish_queue_init(struct publish_queue *queue, uint64_t nonce)
{
    *queue = (struct publish_queue){.nonce = nonce};
    STAILQ_INIT(&queue->all);
}

void publish_queue_deinit(struct publish_queue *queue)
{
    struct queued *queued;

    while ((queued = STAILQ_FIRST(&queue->all)) != NULL) {
        STAILQ_REMOVE_HEAD(&queue->all, next);
        free(queued);
    }
    queue->unanswered = NULL;
    queue->doubtful = 0;
}

/* Copies a string with its NUL to *at, which moves behind it. */
static const char *keep(char **at, const char *text, size_t len)
{
    char *copy = *at;

    memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

int publish_queue_add(struct publish_queue *queue, const struct keys_publish *publish)
{
    size_t channel_len = strlen(publish->channel);
    size_t event_len = publish->event ? strlen(publish->event) : 0;
    struct queued *queued = malloc(sizeof *queued + channel_len + event_len + publish->data_len +
                                   publish->lease.name_len + publish->lease.will_len + 5);

    if (queued == NULL)
        return -1;
    char *at = queued->strings;
    snprintf(queued->nonce, sizeof queued->nonce, "%016" PRIx64, queue->nonce++);
    queued->publish = *publish;
    queued->publish.floor = NULL;
    queued->publish.nonce = queued->nonce;
    queued->publish.channel = keep(&at, publish->channel, channel_len);
    if (publish->event != NULL)
        queued->publish.event = keep(&at, publish->event, event_len);
    if (publish->data != NULL || publish->lease.name == NULL)
        queued->publish.data = keep(&at, publish->data, publish->data_len);
    if (publish->lease.name != NULL)
        queued->publish.lease.name = keep(&at, publish->lease.name, publish->lease.name_len);
    if (publish->lease.will != NULL)
        queued->publish.lease.will = keep(&at, publish->lease.will, publish->lease.will_len);
    STAILQ_INSERT_TAIL(&queue->all, queued, next);
    if (queue->unanswered == NULL)
        queue->unanswered = queued;
    return 0;
}

struct publish_result *publish_queue_answer(struct publish_queue *queue,
                                            enum publish_outcome outcome, const char *id,
                                            const char *error)
{
    struct publish_result *result = &queue->unanswered->result;

    *result = (struct publish_result){.outcome = outcome, .receivers = -1};
    snprintf(result->id, sizeof result->id, "%s", id);
    snprintf(result->error, sizeof result->error, "%s", error);
    queue->unanswered = STAILQ_NEXT(queue->unanswered, next);
    if (queue->doubtful > 0)
        queue->doubtful--;
    return result;
}

void publish_queue_fetch(struct publish_queue *queue, struct publish_result *result)
{
    struct queued *queued = STAILQ_FIRST(&queue->all);

    *result = queued->result;
    snprintf(result->channel, sizeof result->channel, "%s", queued->publish.channel);
    result->size = queued->publish.data_len;
    STAILQ_REMOVE_HEAD(&queue->all, next);
    free(queued);
}
