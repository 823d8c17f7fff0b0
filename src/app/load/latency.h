/* app/load/latency.h - many durations in little room: least, mean, deviation, percentiles, most.
 *
 * A histogram whose buckets grow with the value: 128 for each power of two, so that a percentile is
 * at most 0.8% above the true one. Invariant: count is the sum of the buckets. One thread each;
 * merge when the threads are done. */
#ifndef BRINK_APP_LOAD_LATENCY_H
#define BRINK_APP_LOAD_LATENCY_H

#include <stdint.h>

enum { BRINK_LATENCY_STEPS = 128, BRINK_LATENCY_BUCKETS = 58 * BRINK_LATENCY_STEPS };

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

/* The same duration so many times. */
void brink_latency_add_many(struct brink_latency *latency, uint64_t ns, uint64_t times);

/* Adds all of `from`. */
void brink_latency_merge(struct brink_latency *latency, const struct brink_latency *from);

/* The duration that `percent` (0 to 100) of the durations do not exceed; 0 if there are none. */
uint64_t brink_latency_percentile(const struct brink_latency *latency, double percent);

/* How many of them are at least `from_ns` and below `below_ns`; exact where both are below 256 or a
 * power of two with a multiple of its 128th added, else as exact as the buckets. */
uint64_t brink_latency_between(const struct brink_latency *latency, uint64_t from_ns,
                               uint64_t below_ns);

double brink_latency_mean(const struct brink_latency *latency);      /* ns */
double brink_latency_deviation(const struct brink_latency *latency); /* ns, as ping(8)'s mdev */

#endif
