/* UTF-8 validation and repair, after the state machine of the Encoding standard. */
#include "core/utf8.h"

#include <stdbool.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Looks at the sequence at the start of `text`. Returns its length and sets *valid; for a broken
 * one the length of the maximal part that one U+FFFD stands for. */
static size_t sequence(const unsigned char *text, size_t len, bool *valid)
{
    unsigned char lower = 0x80, upper = 0xBF;
    size_t need;

    *valid = false;
    if (text[0] < 0x80) {
        *valid = text[0] != 0;
        return 1;
    }
    if (text[0] >= 0xC2 && text[0] <= 0xDF) {
        need = 1;
    } else if (text[0] >= 0xE0 && text[0] <= 0xEF) {
        need = 2;
        lower = text[0] == 0xE0 ? 0xA0 : 0x80;
        upper = text[0] == 0xED ? 0x9F : 0xBF;
    } else if (text[0] >= 0xF0 && text[0] <= 0xF4) {
        need = 3;
        lower = text[0] == 0xF0 ? 0x90 : 0x80;
        upper = text[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 1;
    }
    for (size_t i = 1; i <= need; i++) {
        if (i >= len || text[i] < lower || text[i] > upper)
            return i;
        lower = 0x80;
        upper = 0xBF;
    }
    *valid = true;
    return need + 1;
}

size_t utf8_valid_prefix(const char *text, size_t len)
{
    size_t at = 0;
    bool valid;

    while (at < len) {
        size_t n = sequence((const unsigned char *)text + at, len - at, &valid);
        if (!valid)
            return at;
        at += n;
    }
    return len;
}

int utf8_repair(struct buf *out, const char *text, size_t len)
{
    while (len > 0) {
        size_t good = utf8_valid_prefix(text, len);
        if (buf_add(out, text, good) < 0)
            return -1;
        text += good;
        len -= good;
        if (len > 0) {
            bool valid;
            size_t bad = sequence((const unsigned char *)text, len, &valid);
            if (buf_adds(out, REPLACEMENT) < 0)
                return -1;
            text += bad;
            len -= bad;
        }
    }
    return 0;
}
