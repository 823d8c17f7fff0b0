#include "base/tally.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const uint64_t byte_bounds[] = {16,       64,        256,     1 << 10, 4 << 10, 16 << 10,
                                       64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20};

static const uint64_t us_bounds[] = {
    50,     100,    200,    500,     1000,    2000,    5000,     10000,    20000,    50000,
    100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000, 20000000, 60000000,
};

_Static_assert(COUNT(us_bounds) == BRINK_HISTOGRAM_BUCKETS - 1, "a bucket beyond the last bound");
_Static_assert(COUNT(byte_bounds) < BRINK_HISTOGRAM_BUCKETS, "a bucket beyond the last bound");

enum { FIRST_POWER = 2 }; /* 4^2 is the first of the bounds in bytes */

size_t brink_histogram_bounds(enum brink_histogram_kind kind, const uint64_t **bounds)
{
    *bounds = kind == BRINK_HISTOGRAM_BYTES ? byte_bounds : us_bounds;
    return kind == BRINK_HISTOGRAM_BYTES ? COUNT(byte_bounds) : COUNT(us_bounds);
}

uint64_t brink_histogram_total(const struct brink_histogram *histogram)
{
    uint64_t total = 0;
    for (size_t i = 0; i < BRINK_HISTOGRAM_BUCKETS; i++)
        total += histogram->counts[i];
    return total;
}

uint64_t brink_histogram_quantile(const struct brink_histogram *histogram,
                                  enum brink_histogram_kind kind, unsigned thousandths)
{
    const uint64_t *bounds;
    size_t count = brink_histogram_bounds(kind, &bounds);
    double rank = (double)brink_histogram_total(histogram) * thousandths / 1000;
    double below = 0;
    uint64_t from = 0;
    for (size_t i = 0; i < count; i++) {
        double here = (double)histogram->counts[i];
        if (here > 0 && below + here >= rank)
            return from + (uint64_t)((double)(bounds[i] - from) * (rank - below) / here);
        below += here;
        from = bounds[i];
    }
    return brink_histogram_total(histogram) > 0 ? from : 0;
}

void brink_time_tally_add(struct brink_time_tally *tally, uint64_t us)
{
    size_t bucket = 0;
    while (bucket < COUNT(us_bounds) && us > us_bounds[bucket])
        bucket++;
    brink_counter_add(&tally->counts[bucket], 1);
    brink_counter_add(&tally->us, us);
}

void brink_size_tally_read(const struct brink_size_tally *tally, struct brink_histogram *histogram)
{
    for (size_t power = 0; power < BRINK_TALLY_POWERS; power++) {
        size_t bucket = power < FIRST_POWER ? 0 : power - FIRST_POWER;
        if (bucket > COUNT(byte_bounds))
            bucket = COUNT(byte_bounds);
        histogram->counts[bucket] += brink_counter_read(&tally->powers[power]);
    }
    histogram->sum += brink_counter_read(&tally->bytes);
}

void brink_time_tally_read(const struct brink_time_tally *tally, struct brink_histogram *histogram)
{
    for (size_t i = 0; i < BRINK_HISTOGRAM_BUCKETS; i++)
        histogram->counts[i] += brink_counter_read(&tally->counts[i]);
    histogram->sum += brink_counter_read(&tally->us);
}
