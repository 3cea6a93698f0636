/* What was not heard. */
#include "holes.h"

#include <stdlib.h>
#include <string.h>

int holes_add(struct holes *holes, const char *channel, struct event_id heard)
{
    if (holes_find(holes, channel) != NULL)
        return 0;
    struct hole *hole = malloc(sizeof *hole + strlen(channel) + 1);
    if (hole == NULL)
        return -1;
    hole->heard = heard;
    strcpy(hole->channel, channel);
    SLIST_INSERT_HEAD(holes, hole, next);
    return 0;
}

const struct hole *holes_find(const struct holes *holes, const char *channel)
{
    const struct hole *hole;

    SLIST_FOREACH(hole, holes, next)
    if (strcmp(hole->channel, channel) == 0)
        return hole;
    return NULL;
}

void holes_fill(struct holes *holes, const char *channel)
{
    struct hole *hole;

    SLIST_FOREACH(hole, holes, next)
    if (strcmp(hole->channel, channel) == 0)
        break;
    if (hole == NULL)
        return;
    SLIST_REMOVE(holes, hole, hole, next);
    free(hole);
}

void holes_clear(struct holes *holes)
{
    struct hole *hole;

    while ((hole = SLIST_FIRST(holes)) != NULL) {
        SLIST_REMOVE_HEAD(holes, next);
        free(hole);
    }
}
