#include "app/load/histogram.h"

#include <string.h>

#include "config/units.h"

enum { ROWS_MAX = 20, BAR_MAX = 40, FINEST = 32, TEXT_SIZE = 32 };

/* Spans as the durations' own buckets are: so many, of one width, from a power of two to the next.
 * The index counts them from 0 ns. */
static uint64_t span_begin(unsigned index, unsigned per_power)
{
    unsigned power = index / per_power;
    uint64_t begin;
    if (power == 0)
        return index;
    if (power > 64 || __builtin_mul_overflow((uint64_t)per_power + index % per_power,
                                             UINT64_C(1) << (power - 1), &begin))
        return UINT64_MAX;
    return begin;
}

static unsigned span_of(uint64_t ns, unsigned per_power)
{
    unsigned index = 0;
    while (span_begin(index + 1, per_power) <= ns && span_begin(index + 1, per_power) < UINT64_MAX)
        index++;
    return index;
}

static void print_row(uint64_t from_ns, uint64_t to_ns, double share, double most, FILE *out)
{
    static const char bar[BAR_MAX + 1] = "########################################";
    char from[TEXT_SIZE];
    char to[TEXT_SIZE];
    int length = (int)(share / most * BAR_MAX + 0.5);
    (void)fprintf(out, "    %8s to %8s  %6.2f%%%s%.*s\n",
                  brink_units_format_ns(from_ns, from, sizeof from),
                  brink_units_format_ns(to_ns, to, sizeof to), 100 * share, length > 0 ? "  " : "",
                  length, bar);
}

static double share_between(const struct brink_latency *latency, uint64_t from_ns, uint64_t to_ns)
{
    return (double)brink_latency_between(latency, from_ns, to_ns) / (double)latency->count;
}

void brink_histogram_print(const struct brink_latency *latency, FILE *out)
{
    uint64_t high_ns = brink_latency_percentile(latency, 99.9);
    unsigned per_power = FINEST;
    double most = 0;
    if (latency->count == 0)
        return;
    while (per_power > 1 &&
           span_of(high_ns, per_power) - span_of(latency->min_ns, per_power) >= ROWS_MAX)
        per_power /= 2;
    unsigned first = span_of(latency->min_ns, per_power);
    unsigned last = span_of(high_ns, per_power);
    for (unsigned i = first; i <= last; i++) {
        double share =
            share_between(latency, span_begin(i, per_power), span_begin(i + 1, per_power));
        most = share > most ? share : most;
    }
    for (unsigned i = first; i <= last; i++) {
        uint64_t from_ns = span_begin(i, per_power);
        uint64_t to_ns = span_begin(i + 1, per_power);
        double share = share_between(latency, from_ns, to_ns);
        print_row(from_ns, to_ns < latency->max_ns ? to_ns : latency->max_ns, share, most, out);
    }
    uint64_t beyond_ns = span_begin(last + 1, per_power);
    if (latency->max_ns >= beyond_ns && beyond_ns < UINT64_MAX)
        print_row(beyond_ns, latency->max_ns, share_between(latency, beyond_ns, UINT64_MAX), most,
                  out);
}
