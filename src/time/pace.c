/* What is missing is a time, that until `due`:
 *
 *     full |<-- missing -->|                  missing <= burst: as much is left
 *         now             due                 missing >  burst: the rest is debt
 *
 * with tokens and burst in the time that they take to come. */
#include "time/pace.h"

#define UNITS_PER_MS     UINT64_C(64000000)
#define UNITS_PER_SECOND (1000 * UNITS_PER_MS)

__extension__ typedef unsigned __int128 wide;

static uint64_t narrow(wide value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t units_of(uint64_t ms)
{
    return narrow((wide)ms * UNITS_PER_MS);
}

/* How long it takes that so many tokens come, rounded down, or up. */
static uint64_t time_of(const struct brink_rate *rate, uint64_t tokens)
{
    return narrow((wide)tokens * UNITS_PER_SECOND / rate->per_second);
}

static uint64_t whole_time_of(const struct brink_rate *rate, uint64_t tokens)
{
    wide up = rate->per_second - 1;
    return narrow(((wide)tokens * UNITS_PER_SECOND + up) / rate->per_second);
}

/* Who waits in whole milliseconds comes up to one too late; see burst_of in bucket.c. */
static uint64_t burst_of(const struct brink_rate *rate)
{
    uint64_t burst = whole_time_of(rate, rate->burst == 0 ? rate->per_second : rate->burst);
    uint64_t least = plus(whole_time_of(rate, 1), UNITS_PER_MS);
    return burst > least ? burst : least;
}

static uint64_t wait_of(const struct brink_rate *rate, uint64_t missing)
{
    uint64_t allowed = burst_of(rate) - whole_time_of(rate, 1);
    if (missing <= allowed)
        return 0;
    uint64_t late = missing - allowed;
    return late / UNITS_PER_MS + (late % UNITS_PER_MS != 0);
}

static uint64_t missing_at(const struct brink_pace *pace, uint64_t now_ms)
{
    uint64_t due = atomic_load_explicit(&pace->due, memory_order_relaxed);
    uint64_t now = units_of(now_ms);
    return due > now ? due - now : 0;
}

uint64_t brink_pace_take(struct brink_pace *pace, const struct brink_rate *rate, uint64_t tokens,
                         uint64_t now_ms)
{
    if (rate->per_second == 0)
        return 0;
    uint64_t now = units_of(now_ms);
    uint64_t time = time_of(rate, tokens);
    uint64_t due = atomic_load_explicit(&pace->due, memory_order_relaxed);
    uint64_t next;
    do {
        next = plus(due > now ? due : now, time);
    } while (!atomic_compare_exchange_weak_explicit(&pace->due, &due, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return wait_of(rate, next - now);
}

uint64_t brink_pace_left(const struct brink_pace *pace, const struct brink_rate *rate,
                         uint64_t now_ms)
{
    if (rate->per_second == 0)
        return UINT64_MAX;
    uint64_t burst = burst_of(rate);
    uint64_t missing = missing_at(pace, now_ms);
    if (missing >= burst)
        return 0;
    return narrow((wide)(burst - missing) * rate->per_second / UNITS_PER_SECOND);
}

uint64_t brink_pace_wait_ms(const struct brink_pace *pace, const struct brink_rate *rate,
                            uint64_t now_ms)
{
    if (rate->per_second == 0)
        return 0;
    return wait_of(rate, missing_at(pace, now_ms));
}
