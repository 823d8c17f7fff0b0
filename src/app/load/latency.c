#include "app/load/latency.h"

#include <math.h>
#include <string.h>

enum { STEPS = BRINK_LATENCY_STEPS, STEP_BITS = 7 };

_Static_assert(STEPS == 1 << STEP_BITS, "the topmost bits of a value choose its bucket");

void brink_latency_init(struct brink_latency *latency)
{
    memset(latency, 0, sizeof *latency);
}

/* Values below 256 have buckets of their own; above, the topmost 8 bits choose. */
static unsigned bucket_of(uint64_t ns)
{
    unsigned bits = ns == 0 ? 0 : 64U - (unsigned)__builtin_clzll(ns);
    unsigned shift = bits > STEP_BITS + 1 ? bits - (STEP_BITS + 1) : 0;
    return shift * STEPS + (unsigned)(ns >> shift);
}

/* The largest value that falls into the bucket. */
static uint64_t bucket_top(unsigned bucket)
{
    unsigned shift = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;
    uint64_t mantissa = bucket - shift * STEPS;
    return ((mantissa + 1) << shift) - 1;
}

void brink_latency_add_many(struct brink_latency *latency, uint64_t ns, uint64_t times)
{
    if (times == 0)
        return;
    if (latency->count == 0 || ns < latency->min_ns)
        latency->min_ns = ns;
    if (ns > latency->max_ns)
        latency->max_ns = ns;
    latency->count += times;
    latency->sum_ns += (double)ns * (double)times;
    latency->sum_squares += (double)ns * (double)ns * (double)times;
    latency->buckets[bucket_of(ns)] += times;
}

void brink_latency_add(struct brink_latency *latency, uint64_t ns)
{
    brink_latency_add_many(latency, ns, 1);
}

void brink_latency_merge(struct brink_latency *latency, const struct brink_latency *from)
{
    if (from->count == 0)
        return;
    if (latency->count == 0 || from->min_ns < latency->min_ns)
        latency->min_ns = from->min_ns;
    if (from->max_ns > latency->max_ns)
        latency->max_ns = from->max_ns;
    latency->count += from->count;
    latency->sum_ns += from->sum_ns;
    latency->sum_squares += from->sum_squares;
    for (unsigned i = 0; i < BRINK_LATENCY_BUCKETS; i++)
        latency->buckets[i] += from->buckets[i];
}

uint64_t brink_latency_percentile(const struct brink_latency *latency, double percent)
{
    double rank = ceil(percent * (double)latency->count / 100);
    uint64_t seen = 0;
    for (unsigned i = 0; i < BRINK_LATENCY_BUCKETS; i++) {
        seen += latency->buckets[i];
        if (seen > 0 && (double)seen >= rank)
            return bucket_top(i) < latency->max_ns ? bucket_top(i) : latency->max_ns;
    }
    return latency->max_ns;
}

uint64_t brink_latency_between(const struct brink_latency *latency, uint64_t from_ns,
                               uint64_t below_ns)
{
    uint64_t count = 0;
    if (below_ns <= from_ns)
        return 0;
    for (unsigned i = bucket_of(from_ns); i <= bucket_of(below_ns - 1); i++)
        count += latency->buckets[i];
    return count;
}

double brink_latency_mean(const struct brink_latency *latency)
{
    return latency->count == 0 ? 0 : latency->sum_ns / (double)latency->count;
}

double brink_latency_deviation(const struct brink_latency *latency)
{
    if (latency->count == 0)
        return 0;
    double mean = brink_latency_mean(latency);
    double variance = latency->sum_squares / (double)latency->count - mean * mean;
    return variance > 0 ? sqrt(variance) : 0; /* rounding may leave a little below zero */
}
