/* sse-publish --lines: one event for each line of standard input. */
#ifndef SSE_PUBLISH_LINES_H
#define SSE_PUBLISH_LINES_H

#include <stdbool.h>

#include "target.h"

/* Publishes every line as data of an event like `form`, in a pipeline, and what is there at once
 * when the input is slow. A line that is wrong is named by its number and left out. Returns the
 * exit code for the worst that went wrong: 75, 69, 1, 65. */
int publish_lines(const struct target *target, const struct keys_publish *form, bool is_text);

#endif
