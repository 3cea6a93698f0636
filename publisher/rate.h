/* How fast something grows, smoothed over some seconds. */
#ifndef SSE_RATE_H
#define SSE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed to begin with. */
struct rate {
    bool has_begun;
    uint64_t begun_ms, at_ms;
    double value;
    double sum;    /* of speeds, the older the less */
    double weight; /* of all in `sum` */
};

/* At `now_ms` (any clock that does not go back) it is `value`. The first value is where counting
 * begins, whatever it is. One that has shrunk begins anew. */
void rate_add(struct rate *rate, uint64_t now_ms, double value);

/* Units a second, the last five seconds or so counting most; 0 while it is not known, which takes
 * half a second: what a program reads, or prints, at once when it starts is no speed. */
double rate_per_second(const struct rate *rate);

#endif
