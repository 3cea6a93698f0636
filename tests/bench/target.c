/* What a client asks for. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number in braces that begin at `at`; *end is behind them. */
static int expand(const char *at, size_t number, const char **end, size_t *expanded)
{
    unsigned long modulus, shift = 0;
    char *behind;

    modulus = strtoul(at + 1, &behind, 10);
    if (*behind == '+')
        shift = strtoul(behind + 1, &behind, 10);
    if (*behind != '}' || modulus == 0)
        return -1;
    *end = behind + 1;
    *expanded = (number + shift) % modulus;
    return 0;
}

int target_write(char out[TARGET_SIZE], const char *pattern, size_t number)
{
    size_t length = 0;

    while (*pattern != '\0') {
        size_t plain = strcspn(pattern, "{");
        size_t expanded;
        int more = snprintf(out + length, TARGET_SIZE - length, "%.*s", (int)plain, pattern);

        pattern += plain;
        length += (size_t)more;
        if (*pattern == '{' && length < TARGET_SIZE) {
            if (expand(pattern, number, &pattern, &expanded) < 0)
                return -1;
            length += (size_t)snprintf(out + length, TARGET_SIZE - length, "%zu", expanded);
        }
        if (length >= TARGET_SIZE)
            return -1;
    }
    out[length] = '\0';
    return 0;
}

bool target_name_matches(const char *name, size_t length, const char *channel)
{
    if (length > 0 && name[length - 1] == '*')
        return strncmp(name, channel, length - 1) == 0;
    return strlen(channel) == length && memcmp(name, channel, length) == 0;
}

/* Whether one of the names, separated by commas, up to `length` bytes, matches. */
static bool list_matches(const char *list, size_t length, const char *channel)
{
    const char *end = list + length;

    while (list < end) {
        const char *comma = memchr(list, ',', (size_t)(end - list));
        const char *name_end = comma != NULL ? comma : end;

        if (target_name_matches(list, (size_t)(name_end - list), channel))
            return true;
        list = name_end + 1;
    }
    return false;
}

bool target_follows(const char *target, const char *channel)
{
    const char *path = strchr(target + 1, '/');
    const char *query = strchr(target, '?');

    if (path != NULL && (query == NULL || path < query) &&
        list_matches(path + 1, strcspn(path + 1, "?"), channel))
        return true;
    while (query != NULL) {
        query++;
        if (strncmp(query, "channel=", 8) == 0 &&
            list_matches(query + 8, strcspn(query + 8, "&"), channel))
            return true;
        query = strchr(query, '&');
    }
    return false;
}
