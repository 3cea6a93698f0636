/* What a client asks for: request targets with a number in them, and the channels they follow. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_SIZE 1024

/*
 * Writes the request target of client `number` to `out`, terminated: in `pattern` {N} stands for
 * the number modulo N, {N+K} for (number + K) modulo N. Returns -1 if it is longer than
 * TARGET_SIZE, or the braces make no sense.
 */
int target_write(char out[TARGET_SIZE], const char *pattern, size_t number);

/* Whether a target follows a channel: by its path, /sse/jobs/42, or its query, channel=a,jobs/ *.
 * Percent-encoding is not understood: our tests have none. */
bool target_follows(const char *target, const char *channel);

/* Whether a channel is `name`, or `name` is a pattern that it matches. */
bool target_name_matches(const char *name, size_t length, const char *channel);

#endif
