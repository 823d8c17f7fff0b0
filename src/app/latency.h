/* app/latency.h - many durations in little room: least, mean, deviation, percentiles, most.
 *
 * A histogram whose buckets grow with the value: 64 for each power of two, so that a percentile is
 * at most 1.6% above the true one. Invariant: count is the sum of the buckets. One thread each;
 * merge when the threads are done. */
#ifndef BRINK_APP_LATENCY_H
#define BRINK_APP_LATENCY_H

#include <stdint.h>

enum { BRINK_LATENCY_BUCKETS = 59 * 64 };

struct brink_latency {
    uint64_t count;
    uint64_t min_ns; /* all of these: 0 while count is 0 */
    uint64_t max_ns;
    double sum_ns;
    double sum_squares; /* of ns */
    uint64_t buckets[BRINK_LATENCY_BUCKETS];
};

void brink_latency_init(struct brink_latency *latency);
void brink_latency_add(struct brink_latency *latency, uint64_t ns);

/* Adds all of `from`. */
void brink_latency_merge(struct brink_latency *latency, const struct brink_latency *from);

/* The duration that `percent` (0 to 100) of the durations do not exceed; 0 if there are none. */
uint64_t brink_latency_percentile(const struct brink_latency *latency, double percent);

double brink_latency_mean(const struct brink_latency *latency);      /* ns */
double brink_latency_deviation(const struct brink_latency *latency); /* ns, as ping(8)'s mdev */

#endif
