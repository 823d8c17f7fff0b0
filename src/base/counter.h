/* base/counter.h - a count that one thread keeps and any thread may read.
 *
 * The owner adds with a plain load and store (no locked instruction); a reader sees some recent
 * value, never a torn one. */
#ifndef BRINK_BASE_COUNTER_H
#define BRINK_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic(uint64_t) brink_counter;

static inline uint64_t brink_counter_read(const brink_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Owner only. */
static inline void brink_counter_add(brink_counter *counter, uint64_t amount)
{
    atomic_store_explicit(counter, brink_counter_read(counter) + amount, memory_order_relaxed);
}

/* Owner only. */
static inline void brink_counter_subtract(brink_counter *counter, uint64_t amount)
{
    atomic_store_explicit(counter, brink_counter_read(counter) - amount, memory_order_relaxed);
}

/* Owner only. */
static inline void brink_counter_set(brink_counter *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

#endif
