/* base/tally.h - a histogram that one thread keeps and any thread may read; see base/counter.h.
 *
 * Of sizes there is one for each frame, so finding the bucket takes no comparison; of times there
 * is one for a read at most. */
#ifndef BRINK_BASE_TALLY_H
#define BRINK_BASE_TALLY_H

#include "base/counter.h"
#include "brink/histogram.h"

enum { BRINK_TALLY_POWERS = 33 };

struct brink_size_tally {
    brink_counter powers[BRINK_TALLY_POWERS]; /* [i]: above 4^(i-1) up to 4^i bytes */
    brink_counter bytes;
};

struct brink_time_tally {
    brink_counter counts[BRINK_HISTOGRAM_BUCKETS];
    brink_counter us;
};

/* Owner only, as the next two. `size` is 1 or more; the sum is for who knows it of many at once. */
static inline void brink_size_tally_count(struct brink_size_tally *tally, uint64_t size)
{
    unsigned highest = 63U ^ (unsigned)__builtin_clzll((size - 1) | 1); /* bit that is set */
    unsigned power = highest / 2 + 1;
    brink_counter_add(&tally->powers[power], 1);
}

static inline void brink_size_tally_sum(struct brink_size_tally *tally, uint64_t bytes)
{
    brink_counter_add(&tally->bytes, bytes);
}

void brink_time_tally_add(struct brink_time_tally *tally, uint64_t us);

/* So many that took no time. */
static inline void brink_time_tally_add_instant(struct brink_time_tally *tally, uint64_t count)
{
    brink_counter_add(&tally->counts[0], count);
}

/* Adds what was counted to a histogram of that kind. Any thread. */
void brink_size_tally_read(const struct brink_size_tally *tally, struct brink_histogram *histogram);
void brink_time_tally_read(const struct brink_time_tally *tally, struct brink_histogram *histogram);

#endif
