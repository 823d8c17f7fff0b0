/* time/wheel.h - a hierarchical timing wheel.
 *
 * After G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987). One tick is
 * one millisecond. The wheel never asks for the time: whoever calls gives it, in milliseconds of
 * one monotonic clock. Arming and cancelling are O(1); advancing costs what expires (and what moves
 * down a level), not the ticks that passed. One thread owns a wheel.
 *
 * A timer never fires early: it fires in the first advance whose `now` is at or past its deadline.
 */
#ifndef BRINK_TIME_WHEEL_H
#define BRINK_TIME_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "mem/slab.h"

#define BRINK_NEVER UINT64_MAX

/* The last time that a timer can be armed for: in 36 million years. */
#define BRINK_WHEEL_LATEST_MS ((UINT64_C(1) << 60) - 2)

struct brink_timer;
typedef void brink_timer_fn(void *arg, uint64_t now_ms);

enum { BRINK_WHEEL_LEVELS = 6, BRINK_WHEEL_SLOTS = 64, BRINK_WHEEL_FNS = 16 };

struct brink_wheel {
    struct brink_slab_pool *timers;
    uint64_t now_ms;
    uint64_t armed;                        /* timers armed now */
    unsigned fn_count;                     /* how many of fns are known, each once */
    brink_timer_fn *fns[BRINK_WHEEL_FNS];  /* what its timers call: they hold its number only */
    uint64_t occupied[BRINK_WHEEL_LEVELS]; /* a bit per slot that holds a timer */
    struct brink_link slots[BRINK_WHEEL_LEVELS][BRINK_WHEEL_SLOTS];
    struct brink_link due;      /* armed for a time at or before now: for the next advance */
    struct brink_link expiring; /* taken out by the running advance, not yet fired */
};

/* The object size that a pool for timers must have. */
size_t brink_timer_size(void);

/* An empty wheel at `now_ms`. `timers` (of brink_timer_size) must outlive the wheel. */
void brink_wheel_init(struct brink_wheel *wheel, struct brink_slab_pool *timers, uint64_t now_ms);

/* A timer that calls fn(arg, now_ms) when it fires; not armed yet. NULL when there is no memory, or
 * BRINK_WHEEL_FNS other functions are known to the wheel. The caller owns it and frees it, also
 * from within its own or another timer's fn. */
BRINK_MUST_CHECK struct brink_timer *brink_timer_new(struct brink_wheel *wheel, brink_timer_fn *fn,
                                                     void *arg);

/* Cancels and frees; `timer` may be NULL. */
void brink_timer_free(struct brink_wheel *wheel, struct brink_timer *timer);

/* Arms for `deadline_ms`, whatever it was armed for before. A deadline at or before the wheel's
 * now fires in the next advance, never in the one that is running. Deadlines further off than the
 * wheel reaches (2^36 ms, more than two years) are kept all the same; BRINK_NEVER disarms, as does
 * whatever is beyond BRINK_WHEEL_LATEST_MS. */
void brink_timer_arm(struct brink_wheel *wheel, struct brink_timer *timer, uint64_t deadline_ms);

/* Disarms; does nothing to a timer that is not armed. */
void brink_timer_cancel(struct brink_wheel *wheel, struct brink_timer *timer);

/* The deadline it is armed for, or BRINK_NEVER. */
uint64_t brink_timer_deadline(const struct brink_timer *timer);

/* Moves the wheel to `now_ms` (going back is ignored: the wheel's own now stands) and fires what is
 * due: first what was past due when it was armed, in that order; then the rest, in the order of
 * deadlines. A timer fires once and is disarmed before its fn runs. A fn may arm, cancel and free
 * any timer, itself and those due in the same advance included: what it disarms does not fire.
 * Returns how many fired. Not to be called from within a fn. */
uint64_t brink_wheel_advance(struct brink_wheel *wheel, uint64_t now_ms);

/* The same, but fires `most` at most (1 or more); what is left is due at once, in the order that it
 * would have had, and brink_wheel_next says so. */
uint64_t brink_wheel_advance_some(struct brink_wheel *wheel, uint64_t now_ms, uint64_t most);

/* When to advance next. The wheel's now if something is due already; else when the next timer is
 * due: exact if that is within the current 64 ms of the clock (the lowest level), else a bound that
 * is not later than it and later than the wheel's now. A loop that sleeps until then and advances
 * reaches any timer in at most one step per level, and one more per 2^36 ms. BRINK_NEVER with none
 * armed. O(levels). */
uint64_t brink_wheel_next(const struct brink_wheel *wheel);

/* True if every timer is in the slot where its deadline belongs and the counts agree. */
bool brink_wheel_check(const struct brink_wheel *wheel);

#endif
