/* Numbers in settings and arguments: the whole text must be one, within its limits. */
#ifndef SSE_CORE_NUMBER_H
#define SSE_CORE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Each returns 0; or -1 and *out unchanged. No sign, no space, no exponent. */

/* Digits only. */
int number_parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *out);

/* Digits, perhaps with a `.` among or behind them. */
int number_parse_decimal(const char *text, double least, double most, double *out);

/* A count of bytes; `k` or `M` behind the digits is 2^10 or 2^20. */
int number_parse_bytes(const char *text, size_t least, size_t most, size_t *out);

#endif
