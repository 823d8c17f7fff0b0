/* brink/histogram.h - how often a figure was how large.
 *
 * Pure: any thread. */
#ifndef BRINK_HISTOGRAM_H
#define BRINK_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum brink_histogram_kind {
    BRINK_HISTOGRAM_BYTES = 0, /* up to 16, 64, 256, ... bytes: 16 MiB is the last bound */
    BRINK_HISTOGRAM_US         /* up to 50, 100, 200, 500, ... microseconds: the last is a minute */
};

enum { BRINK_HISTOGRAM_BUCKETS = 20 };

/* counts[0] is of those up to the first bound, that one included, counts[1] of those above it up to
 * the second, and so on; counts[bounds] of those above the last. */
struct brink_histogram {
    uint64_t counts[BRINK_HISTOGRAM_BUCKETS];
    uint64_t sum; /* of all that was counted, in the unit of the kind */
};

/* How many bounds there are, at most BRINK_HISTOGRAM_BUCKETS - 1; in *bounds they are, ascending.
 */
size_t brink_histogram_bounds(enum brink_histogram_kind kind, const uint64_t **bounds);

/* All that was counted. */
uint64_t brink_histogram_total(const struct brink_histogram *histogram);

/* Below which a part of 0 to 1000 thousandths of all lie, as near as the bounds tell: between two
 * of them, as if they were spread evenly. What is above the last counts as that. 0 if nothing was
 * counted. */
uint64_t brink_histogram_quantile(const struct brink_histogram *histogram,
                                  enum brink_histogram_kind kind, unsigned thousandths);

#ifdef __cplusplus
}
#endif
#endif
