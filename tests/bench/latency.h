/* How long something took, many times: a histogram that answers percentiles to about 3 %. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stddef.h>
#include <stdint.h>

/* 32 buckets an octave up to 2^40 microseconds. */
#define LATENCY_BUCKETS (36 * 32)

/* All zero is empty. */
struct latency {
    uint64_t count, max_us;
    uint64_t buckets[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, uint64_t us);

/* The time that `percent` (0 to 100) of all were within, in microseconds; 0 if there are none. */
uint64_t latency_percentile(const struct latency *latency, double percent);

void latency_clear(struct latency *latency);

#endif
