/* Targets: brink_load_sizes_parse, brink_load_sizes_at.
 *
 * Any text: a failure changes nothing and says why; what was read has sizes and weights within
 * their limits, every share of it is one of its sizes, and the mean lies between the least and the
 * most. */
#include "app/load/sizes.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct brink_load_sizes *sizes)
{
    uint32_t least = brink_load_sizes_least(sizes);
    uint32_t most = brink_load_sizes_most(sizes);
    double mean = brink_load_sizes_mean(sizes);
    FUZZ_ASSERT(sizes->count >= 1 && sizes->count <= BRINK_LOAD_SIZES_MAX);
    FUZZ_ASSERT(least <= most && most <= BRINK_LOAD_SIZE_MOST);
    FUZZ_ASSERT(mean >= (double)least * 0.999999 && mean <= (double)most * 1.000001);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t at = brink_load_sizes_at(sizes, i / 64.0);
        bool one_of_them = false;
        for (unsigned k = 0; k < sizes->count; k++)
            one_of_them =
                one_of_them || (at >= sizes->items[k].least && at <= sizes->items[k].most);
        FUZZ_ASSERT(one_of_them);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[600];
    struct brink_load_sizes sizes;
    struct brink_load_sizes before;
    struct brink_message why = {""};
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    if (length > 0)
        memcpy(text, data, length);
    text[length] = '\0';
    memset(&sizes, 0x5a, sizeof sizes);
    before = sizes;
    if (brink_failed(brink_load_sizes_parse(text, &sizes, &why))) {
        FUZZ_ASSERT(memcmp(&sizes, &before, sizeof sizes) == 0);
        FUZZ_ASSERT(why.text[0] != '\0');
        return 0;
    }
    check(&sizes);
    return 0;
}
