/* A will as text. */
#include "core/will.h"

#include <inttypes.h>
#include <string.h>

#include "core/json.h"
#include "core/number.h"

int will_encode(struct buf *out, const struct will *will)
{
    if (buf_addf(out, "%" PRIu32 " %" PRIu32 " %" PRIu32 " %s ", will->lease_ms, will->keep,
                 will->ttl_s, will->channel) < 0)
        return -1;
    return buf_add(out, will->data, will->data_len);
}

/* Takes the word that a space ends, copied to `word`. Returns 0, or -1 when there is none, no
 * room, or a NUL in it. */
static int take_word(const char **text, size_t *len, char *word, size_t size)
{
    const char *space = memchr(*text, ' ', *len);
    size_t word_len = space != NULL ? (size_t)(space - *text) : size;

    if (word_len >= size || memchr(*text, '\0', word_len) != NULL)
        return -1;
    memcpy(word, *text, word_len);
    word[word_len] = '\0';
    *text += word_len + 1;
    *len -= word_len + 1;
    return 0;
}

static int take_number(const char **text, size_t *len, uint32_t least, uint32_t most, uint32_t *out)
{
    char word[12];
    uint64_t number;

    if (take_word(text, len, word, sizeof word) < 0 ||
        number_parse_whole(word, least, most, &number) < 0)
        return -1;
    *out = (uint32_t)number;
    return 0;
}

int will_parse(struct will *will, const char *text, size_t len)
{
    struct json_fault fault;

    if (take_number(&text, &len, LEASE_LEAST_MS, LEASE_MOST_MS, &will->lease_ms) < 0 ||
        take_number(&text, &len, 1, UINT32_MAX, &will->keep) < 0 ||
        take_number(&text, &len, 1, UINT32_MAX, &will->ttl_s) < 0 ||
        take_word(&text, &len, will->channel, sizeof will->channel) < 0 ||
        channel_check(will->channel, strlen(will->channel)) != NULL ||
        json_check(text, len, &fault) < 0)
        return -1;
    will->data = text;
    will->data_len = len;
    return 0;
}
