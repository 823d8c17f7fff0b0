/* A bucket counts what is missing, not what is there: so zero is full, whatever the burst.
 *
 *     full |<------ missing ------>|          missing <= burst: as much is left
 *          0                    burst         missing >  burst: the rest is debt
 *
 * All in thousandths of a token. What does not fit becomes UINT64_MAX, so that bursts and debts end
 * at 2^54 tokens. */
#include "time/bucket.h"

#define TOKEN UINT64_C(1000)

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Who waits in whole milliseconds comes up to one too late: with less room than for what comes
 * meanwhile, some of it would be lost each time, and the rate never be reached. */
static uint64_t burst_of(const struct brink_rate *rate)
{
    uint64_t burst = times(rate->burst == 0 ? rate->per_second : rate->burst, TOKEN);
    uint64_t least = plus(rate->per_second, TOKEN - 1);
    return burst > least ? burst : least;
}

static uint64_t missing_at(const struct brink_bucket *bucket, const struct brink_rate *rate,
                           uint64_t now_ms)
{
    uint64_t gone_ms = now_ms > bucket->at_ms ? now_ms - bucket->at_ms : 0;
    uint64_t came = times(gone_ms, rate->per_second);
    return bucket->missing > came ? bucket->missing - came : 0;
}

void brink_bucket_take(struct brink_bucket *bucket, const struct brink_rate *rate, uint64_t tokens,
                       uint64_t now_ms)
{
    bucket->missing = plus(missing_at(bucket, rate, now_ms), times(tokens, TOKEN));
    if (now_ms > bucket->at_ms)
        bucket->at_ms = now_ms;
}

uint64_t brink_bucket_left(const struct brink_bucket *bucket, const struct brink_rate *rate,
                           uint64_t now_ms)
{
    if (rate->per_second == 0)
        return UINT64_MAX;
    uint64_t burst = burst_of(rate);
    uint64_t missing = missing_at(bucket, rate, now_ms);
    return burst > missing ? (burst - missing) / TOKEN : 0;
}

uint64_t brink_bucket_wait_ms(const struct brink_bucket *bucket, const struct brink_rate *rate,
                              uint64_t now_ms)
{
    if (rate->per_second == 0)
        return 0;
    uint64_t allowed = burst_of(rate) - TOKEN; /* may be missing while a whole token is there */
    uint64_t missing = missing_at(bucket, rate, now_ms);
    if (missing <= allowed)
        return 0;
    uint64_t due = missing - allowed;
    return due / rate->per_second + (due % rate->per_second != 0);
}
