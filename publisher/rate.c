/* An average that forgets: the weight of what was measured falls to a half within SPAN_S. It is
 * divided by the sum of weights, so that the first seconds are as true as later ones. */
#include "rate.h"

#define SPAN_S   5.0
#define LEAST_MS 500

void rate_add(struct rate *rate, uint64_t now_ms, double value)
{
    if (!rate->has_begun || value < rate->value) {
        *rate =
            (struct rate){.has_begun = true, .begun_ms = now_ms, .at_ms = now_ms, .value = value};
        return;
    }
    if (now_ms <= rate->at_ms)
        return; /* the next one has both steps */
    double seconds = (double)(now_ms - rate->at_ms) / 1000;
    double kept = SPAN_S / (SPAN_S + seconds);
    rate->sum = rate->sum * kept + (value - rate->value) / seconds * (1 - kept);
    rate->weight = rate->weight * kept + (1 - kept);
    rate->at_ms = now_ms;
    rate->value = value;
}

double rate_per_second(const struct rate *rate)
{
    return rate->at_ms - rate->begun_ms >= LEAST_MS ? rate->sum / rate->weight : 0;
}
