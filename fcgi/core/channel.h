/* Names of channels, and the patterns that follow several. */
#ifndef SSE_CORE_CHANNEL_H
#define SSE_CORE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_MAX 200 /* bytes */

/* NULL if `name` is a channel: 1-200 bytes of A-Z a-z 0-9 _ . @ - /, no empty segment between
 * slashes, not starting with `-`. Otherwise what is wrong, as the end of a sentence that begins
 * with the name ("has a character that …"). */
const char *channel_check(const char *name, size_t len);

/* The same for what a stream may follow: a channel, `<channel>/` `*` for all below it, or `*`. */
const char *channel_check_pattern(const char *name, size_t len);

/* Whether a checked name is a pattern. */
bool channel_is_pattern(const char *name);

/* Whether the channel is what `pattern` names: equal, or below it. Both checked before. */
bool channel_match(const char *pattern, const char *channel);

#endif
