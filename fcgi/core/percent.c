/* Percent-decoding. */
#include "core/percent.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that `%xx` at `text` stands for; -1 if it is none, or NUL. */
static int decode_byte(const char *text, size_t len)
{
    int high = len > 2 ? hex_digit(text[1]) : -1;
    int low = len > 2 ? hex_digit(text[2]) : -1;

    return high < 0 || low < 0 || (high == 0 && low == 0) ? -1 : high << 4 | low;
}

long percent_decode(char *out, const char *text, size_t len, bool plus)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        if (text[i] == '%' && decode_byte(text + i, len - i) < 0)
            return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%') {
            out[n++] = (char)decode_byte(text + i, len - i);
            i += 2;
        } else {
            out[n++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[n] = '\0';
    return (long)n;
}
