/* sse-publish --lines: one event for each line. */
#ifndef SSE_PUBLISH_LINES_H
#define SSE_PUBLISH_LINES_H

#include <stdbool.h>

#include "session.h"
#include "target.h"

struct line_rules {
    int fd;       /* where lines come from */
    bool is_text; /* no JSON */
    bool is_strict;
    const char *channel_key; /* path of the member that names a line's channel; NULL for none */
};

/* Publishes every line as data of an event like `form`, in a pipeline, and what is there at once
 * when the input is slow. A line that is wrong is named by its number and left out; where
 * `is_strict` it is the end. With a `channel_key` form->channel, which may be NULL, is for lines
 * without such a member. Returns the exit code for the worst that went wrong: 75, 69, 1, 65. */
int publish_lines(const struct target *target, const struct session_manner *manner,
                  const struct keys_publish *form, const struct line_rules *rules);

#endif
