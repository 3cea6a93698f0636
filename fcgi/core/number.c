/* Numbers, read strictly. */
#include "core/number.h"

#include <stdlib.h>
#include <string.h>

int number_parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;

    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return -1;
        value = value * 10 + digit;
    }
    if (value < least || value > most)
        return -1;
    *out = value;
    return 0;
}

int number_parse_decimal(const char *text, double least, double most, double *out)
{
    char *end;

    if (*text < '0' || *text > '9' || strspn(text, "0123456789.") != strlen(text))
        return -1;
    double value = strtod(text, &end);
    if (*end != '\0' || value < least || value > most)
        return -1;
    *out = value;
    return 0;
}

int number_parse_bytes(const char *text, size_t least, size_t most, size_t *out)
{
    char digits[24];
    size_t len = strlen(text);
    uint64_t value, unit = 1;

    if (len > 0 && (text[len - 1] == 'k' || text[len - 1] == 'M'))
        unit = text[--len] == 'k' ? 1 << 10 : 1 << 20;
    if (len >= sizeof digits)
        return -1;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (number_parse_whole(digits, 0, most / unit, &value) < 0 || value * unit < least)
        return -1;
    *out = (size_t)(value * unit);
    return 0;
}
