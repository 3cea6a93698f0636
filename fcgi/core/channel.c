/* Channel names and patterns. */
#include "core/channel.h"

#include <string.h>

static bool is_name_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_.@-/", c) != NULL);
}

/* `star` is what is wrong with a * in it. */
static const char *check(const char *name, size_t len, const char *star)
{
    if (len == 0)
        return "is empty: a channel has 1 to 200 characters";
    if (len > CHANNEL_MAX)
        return "is too long: a channel has 1 to 200 characters";
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '*')
            return star;
        if (!is_name_byte(name[i]))
            return "has a character that a channel cannot have: A-Z a-z 0-9 _ . @ - / are allowed";
        if (name[i] == '/' && (i == 0 || i + 1 == len || name[i + 1] == '/'))
            return "has an empty part: between slashes, before the first and after the last there "
                   "must be a name";
    }
    if (name[0] == '-')
        return "starts with -: names that do are reserved";
    return NULL;
}

const char *channel_check(const char *name, size_t len)
{
    return check(name, len, "has a * in it: a pattern can be followed, but not published to");
}

const char *channel_check_pattern(const char *name, size_t len)
{
    static const char STAR[] =
        "has a * in it: only jobs/* (all below jobs/) and * (all) are patterns";

    if (len == 1 && name[0] == '*')
        return NULL;
    if (len > 2 && name[len - 1] == '*' && name[len - 2] == '/')
        return check(name, len - 2, STAR);
    return check(name, len, STAR);
}

bool channel_is_pattern(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && name[len - 1] == '*';
}

bool channel_match(const char *pattern, const char *channel)
{
    if (!channel_is_pattern(pattern))
        return strcmp(pattern, channel) == 0;
    return strncmp(pattern, channel, strlen(pattern) - 1) == 0;
}
