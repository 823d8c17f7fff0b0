/* time/bucket.h - a token bucket: how much may be done now, and when more.
 *
 * After J. Turner, "New Directions in Communications" (IEEE Communications Magazine, 1986). So many
 * tokens come in a second, up to a burst; what is done takes some. A take may go into debt, as a
 * read is counted when its bytes are there; who keeps to brink_bucket_wait_ms then waits until the
 * debt is paid. In any time t no more is taken than burst + rate * t and what one take goes beyond
 * what was left.
 *
 * The state is small, and apart from the rate, as thousands of clients have two each. It is exact:
 * a millisecond brings as many thousandths of a token as a second brings tokens, and those are
 * counted. A rate with per_second 0 is no limit; with burst 0 it has a second's worth. A burst of
 * less than a token and what comes in a millisecond is taken for that much, as time is in whole
 * milliseconds.
 *
 * Pure, but for the bucket that is handed in: one thread owns it, or a lock guards it. The clock
 * going back is ignored. */
#ifndef BRINK_TIME_BUCKET_H
#define BRINK_TIME_BUCKET_H

#include <stdint.h>

#include "brink/listener.h"

/* All zero: full, at any time, at any rate. The rate may change between calls. */
struct brink_bucket {
    uint64_t missing; /* thousandths of a token that it is short of being full */
    uint64_t at_ms;   /* when that was so */
};

/* Takes `tokens`, also if there are fewer. */
void brink_bucket_take(struct brink_bucket *bucket, const struct brink_rate *rate, uint64_t tokens,
                       uint64_t now_ms);

/* How many whole tokens there are; 0 in debt, UINT64_MAX without a limit. */
uint64_t brink_bucket_left(const struct brink_bucket *bucket, const struct brink_rate *rate,
                           uint64_t now_ms);

/* In how many milliseconds, rounded up, there will be a whole token: 0 if there is one now. */
uint64_t brink_bucket_wait_ms(const struct brink_bucket *bucket, const struct brink_rate *rate,
                              uint64_t now_ms);

#endif
