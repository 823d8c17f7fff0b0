/* time/pace.h - how much many threads may do together: a rate that they share without a lock.
 *
 * The generic cell rate algorithm (ITU-T I.371, Annex A, "virtual scheduling"): all that is known
 * is when what was taken would have come, at the rate. What a bucket (time/bucket.h) has, this has
 * in the same sense: so many tokens come in a second, up to a burst; a take may go into debt; a
 * rate with per_second 0 is no limit; burst 0 is a second's worth, and a burst of less than a token
 * and what comes in a millisecond is taken for that much.
 *
 * Who takes is told how long to wait until its debt, and that of all before it, is paid: so they
 * come round one after the other, and nobody goes short.
 *
 * Any thread. Times are counted in 64ths of a nanosecond, which last for nine years of the
 * monotonic clock; a take's own time is rounded down to that. */
#ifndef BRINK_TIME_PACE_H
#define BRINK_TIME_PACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "brink/listener.h"

/* All zero: nothing has been taken for a long time. The rate may change between calls. */
struct brink_pace {
    _Atomic(uint64_t) due; /* the theoretical arrival time */
};

/* Takes `tokens`, also if there are fewer. Returns in how many milliseconds, rounded up, there will
 * be a whole token, if nobody else takes any: 0 if there is one now. */
uint64_t brink_pace_take(struct brink_pace *pace, const struct brink_rate *rate, uint64_t tokens,
                         uint64_t now_ms);

/* How many whole tokens there are; 0 in debt, UINT64_MAX without a limit. */
uint64_t brink_pace_left(const struct brink_pace *pace, const struct brink_rate *rate,
                         uint64_t now_ms);

/* As brink_pace_take tells it, of nothing taken. */
uint64_t brink_pace_wait_ms(const struct brink_pace *pace, const struct brink_rate *rate,
                            uint64_t now_ms);

#endif
