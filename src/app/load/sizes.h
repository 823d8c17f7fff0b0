/* app/load/sizes.h - payload sizes as brink load takes them: one, a range, or some of each. Pure.
 */
#ifndef BRINK_APP_LOAD_SIZES_H
#define BRINK_APP_LOAD_SIZES_H

#include <stdint.h>

#include "brink/result.h"

enum {
    BRINK_LOAD_SIZES_MAX = 32,
    BRINK_LOAD_SIZE_MOST = 1 << 30,
    BRINK_LOAD_WEIGHT_MOST = 1000000
};

/* Sizes from `least` to `most`, each as likely as the next. */
struct brink_load_size {
    uint32_t least;
    uint32_t most;
    uint32_t weight; /* 1 or more: its share of the frames is weight / sum of the weights */
};

struct brink_load_sizes {
    unsigned count; /* 1 or more */
    struct brink_load_size items[BRINK_LOAD_SIZES_MAX];
};

/* "64", "64..1KiB", "64:9,16KiB:1", "64:9,1KiB..4KiB:1"; without a weight it is 1. On failure
 * (EINVAL) `sizes` is unchanged and `why` is a sentence. */
BRINK_MUST_CHECK brink_result brink_load_sizes_parse(const char *text,
                                                     struct brink_load_sizes *sizes,
                                                     struct brink_message *why);

/* The size that stands at `share` (0 to below 1) when all frames are put in the order of the items,
 * and by size within one. */
uint32_t brink_load_sizes_at(const struct brink_load_sizes *sizes, double share);

uint32_t brink_load_sizes_least(const struct brink_load_sizes *sizes);
uint32_t brink_load_sizes_most(const struct brink_load_sizes *sizes);
double brink_load_sizes_mean(const struct brink_load_sizes *sizes);

/* How many frames there must be so that each item has one: with shares of (i + 0.5) / count, i from
 * 0. Where one item has a single part of all, each has exactly its share. */
uint32_t brink_load_sizes_frames(const struct brink_load_sizes *sizes);

#endif
