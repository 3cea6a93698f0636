/* libFuzzer's entry for core/sse_parse: `make fuzz`. Four bytes of the input choose the splits. */
#include "sse_splits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed;

    if (size < sizeof seed)
        return 0;
    memcpy(&seed, data, sizeof seed);
    splits_check((const char *)data + sizeof seed, size - sizeof seed, seed);
    return 0;
}
