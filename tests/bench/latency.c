/* A histogram whose buckets grow with what they count. */
#include "latency.h"

#include <string.h>

/* Below 32 a bucket a microsecond; then 32 buckets for each doubling. */
static size_t bucket_of(uint64_t us)
{
    unsigned octave = 0;

    while (us >> octave >= 64)
        octave++;
    size_t bucket = octave * 32 + (size_t)(us >> octave);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* The largest time that belongs to a bucket. */
static uint64_t upper_end(size_t bucket)
{
    unsigned octave = bucket < 64 ? 0 : (unsigned)(bucket / 32 - 1);

    return (((uint64_t)(bucket - octave * 32) + 1) << octave) - 1;
}

void latency_add(struct latency *latency, uint64_t us)
{
    latency->buckets[bucket_of(us)]++;
    latency->count++;
    if (us > latency->max_us)
        latency->max_us = us;
}

uint64_t latency_percentile(const struct latency *latency, double percent)
{
    uint64_t wanted = (uint64_t)((double)latency->count * percent / 100);
    uint64_t seen = 0;

    for (size_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        seen += latency->buckets[bucket];
        if (seen > 0 && seen >= wanted) {
            uint64_t us = upper_end(bucket);
            return us < latency->max_us ? us : latency->max_us;
        }
    }
    return latency->max_us;
}

void latency_clear(struct latency *latency)
{
    memset(latency, 0, sizeof *latency);
}
