/* The token bucket: by example, and against what it promises, at any rate and over any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time/bucket.h"

/* A generator of its own (xorshift64*, S. Vigna 2016), so that each run is the same. */
static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

static void it_is_full_at_first_and_empties(void **state)
{
    (void)state;
    static const uint64_t starts[] = {0, 1, 1000000, UINT64_MAX};
    const struct brink_rate rate = {.per_second = 100, .burst = 5};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct brink_bucket bucket = {0};
        for (uint64_t left = 5; left > 0; left--) {
            assert_int_equal(brink_bucket_left(&bucket, &rate, starts[i]), left);
            assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, starts[i]), 0);
            brink_bucket_take(&bucket, &rate, 1, starts[i]);
        }
        assert_int_equal(brink_bucket_left(&bucket, &rate, starts[i]), 0);
        assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, starts[i]), 10);
    }
}

static void debt_is_paid_before_more_is_taken(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = 3, .burst = 10};
    struct brink_bucket bucket = {0};
    brink_bucket_take(&bucket, &rate, 30, 1000); /* 20 in debt, and one token more to be there */
    assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, 1000), 7000);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, 1001), 6999);
    assert_int_equal(brink_bucket_left(&bucket, &rate, 7999), 0);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, 7999), 1);
    assert_int_equal(brink_bucket_left(&bucket, &rate, 8000), 1);
    brink_bucket_take(&bucket, &rate, 1, 8000);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &rate, 8000), 334); /* a third, rounded up */
}

static void it_fills_to_the_burst_and_no_further(void **state)
{
    (void)state;
    static const uint64_t gaps_ms[] = {4000, 4001, 1000000, UINT64_C(1) << 40, UINT64_MAX};
    const struct brink_rate rate = {.per_second = 2, .burst = 8};
    for (size_t i = 0; i < sizeof gaps_ms / sizeof gaps_ms[0]; i++) {
        struct brink_bucket bucket = {0};
        brink_bucket_take(&bucket, &rate, 8, 0);
        assert_int_equal(brink_bucket_left(&bucket, &rate, 3999), 7);
        assert_int_equal(brink_bucket_left(&bucket, &rate, gaps_ms[i]), 8);
        brink_bucket_take(&bucket, &rate, 0, gaps_ms[i]);
        assert_int_equal(brink_bucket_left(&bucket, &rate, gaps_ms[i]), 8);
    }
}

static void without_a_limit_there_is_always_more(void **state)
{
    (void)state;
    const struct brink_rate none = {.per_second = 0, .burst = 5};
    const struct brink_rate nothing = {0};
    struct brink_bucket bucket = {0};
    brink_bucket_take(&bucket, &none, UINT64_MAX, 5);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &none, 5), 0);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &nothing, 5), 0);
    assert_true(brink_bucket_left(&bucket, &none, 5) == UINT64_MAX);
}

static void without_a_burst_it_is_a_seconds_worth(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = 70};
    struct brink_bucket bucket = {0};
    assert_int_equal(brink_bucket_left(&bucket, &rate, 12345), 70);
}

static void a_clock_that_goes_back_brings_nothing(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = 1000, .burst = 1000};
    struct brink_bucket bucket = {0};
    brink_bucket_take(&bucket, &rate, 1000, 5000);
    assert_int_equal(brink_bucket_left(&bucket, &rate, 10), 0);
    brink_bucket_take(&bucket, &rate, 0, 10);
    assert_int_equal(brink_bucket_left(&bucket, &rate, 5000), 0);
    assert_int_equal(brink_bucket_left(&bucket, &rate, 5007), 7);
}

static void the_largest_numbers_do_not_wrap(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = UINT64_C(1) << 40, .burst = UINT64_MAX};
    const struct brink_rate small = {.per_second = UINT64_C(1) << 40, .burst = UINT64_C(1) << 31};
    struct brink_bucket bucket = {0};
    assert_true(brink_bucket_left(&bucket, &rate, 0) > UINT64_C(1) << 53);
    brink_bucket_take(&bucket, &small, UINT64_MAX, 1);
    assert_int_equal(brink_bucket_left(&bucket, &small, 1), 0);
    uint64_t wait_ms = brink_bucket_wait_ms(&bucket, &small, 1);
    brink_bucket_take(&bucket, &small, UINT64_MAX, 1);
    assert_true(brink_bucket_wait_ms(&bucket, &small, 1) == wait_ms);
    assert_true(wait_ms > 0 && wait_ms < UINT64_C(1) << 25);
    assert_int_equal(brink_bucket_wait_ms(&bucket, &small, 1 + wait_ms), 0);
    assert_true(brink_bucket_left(&bucket, &small, UINT64_MAX) == small.burst);
}

/* Waits are rounded up; what comes in the rest of that millisecond must not be lost. */
static void a_small_burst_does_not_slow_the_rate(void **state)
{
    (void)state;
    static const uint64_t rates[] = {1, 2, 3, 7, 100, 300, 999, 1000, 1001, 123456, 100000007};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const struct brink_rate rate = {.per_second = rates[i], .burst = 1};
        struct brink_bucket bucket = {0};
        uint64_t now_ms = 0;
        uint64_t taken = 0;
        for (; now_ms < 1000000; now_ms += brink_bucket_wait_ms(&bucket, &rate, now_ms)) {
            uint64_t left = brink_bucket_left(&bucket, &rate, now_ms);
            brink_bucket_take(&bucket, &rate, left, now_ms);
            taken += left;
        }
        assert_in_range(taken, rates[i] * 1000, rates[i] * 1001 + 2);
    }
}

static void a_new_rate_counts_from_then_on(void **state)
{
    (void)state;
    const struct brink_rate slow = {.per_second = 1, .burst = 10};
    const struct brink_rate fast = {.per_second = 1000, .burst = 20};
    struct brink_bucket bucket = {0};
    brink_bucket_take(&bucket, &slow, 10, 0);
    assert_int_equal(brink_bucket_left(&bucket, &slow, 1000), 1);
    brink_bucket_take(&bucket, &slow, 0, 1000);
    assert_int_equal(brink_bucket_left(&bucket, &fast, 1000), 11); /* short of 9, still */
    assert_int_equal(brink_bucket_left(&bucket, &fast, 1002), 13);
}

static struct brink_rate drawn_rate(uint64_t *seed)
{
    struct brink_rate rate = {.per_second = 1 + (draw(seed) >> (24 + draw(seed) % 40))};
    rate.burst = 1 + rate.per_second / (1 + draw(seed) % 2000);
    return rate;
}

/* Takes at any time at which it may, as much as it likes, up to three bursts. */
static void no_more_is_taken_than_the_rate_allows(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (unsigned run = 0; run < 150; run++) {
        const struct brink_rate rate = drawn_rate(&seed);
        struct brink_bucket bucket = {0};
        uint64_t room = rate.burst * 1000;
        uint64_t start_ms = draw(&seed) >> 8;
        uint64_t now_ms = start_ms;
        __extension__ unsigned __int128 taken = 0;
        room = room < rate.per_second + 999 ? rate.per_second + 999 : room;
        for (unsigned step = 0; step < 500; step++) {
            now_ms += draw(&seed) % 3 == 0 ? draw(&seed) % 5000 : draw(&seed) % 3;
            if (brink_bucket_wait_ms(&bucket, &rate, now_ms) > 0)
                continue;
            uint64_t take = draw(&seed) % (3 * rate.burst) + 1;
            brink_bucket_take(&bucket, &rate, take, now_ms);
            __extension__ unsigned __int128 came = now_ms - start_ms;
            taken += take;
            assert_true((taken - take) * 1000 < room + came * rate.per_second);
        }
    }
}

/* As a client that always wants more, and comes back when it is told to. */
static void who_waits_as_told_gets_the_rate(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (unsigned run = 0; run < 150; run++) {
        const struct brink_rate rate = drawn_rate(&seed);
        struct brink_bucket bucket = {0};
        uint64_t start_ms = draw(&seed) >> 8;
        uint64_t now_ms = start_ms;
        uint64_t most = 1 + rate.per_second / 10;
        __extension__ unsigned __int128 taken = 0;
        brink_bucket_take(&bucket, &rate, rate.burst, now_ms);
        while (now_ms - start_ms < 2000000) {
            uint64_t wait_ms = brink_bucket_wait_ms(&bucket, &rate, now_ms);
            assert_true(wait_ms > 0 || brink_bucket_left(&bucket, &rate, now_ms) > 0);
            if (wait_ms > 0) {
                assert_int_equal(brink_bucket_left(&bucket, &rate, now_ms + wait_ms - 1), 0);
                now_ms += wait_ms;
            }
            uint64_t take = 1 + draw(&seed) % most;
            brink_bucket_take(&bucket, &rate, take, now_ms);
            taken += take;
        }
        __extension__ unsigned __int128 due = now_ms - start_ms;
        due = due * rate.per_second / 1000;
        assert_true(taken * 100 >= due * 99 && taken * 100 <= due * 101 + 100 * most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_full_at_first_and_empties),
        cmocka_unit_test(debt_is_paid_before_more_is_taken),
        cmocka_unit_test(it_fills_to_the_burst_and_no_further),
        cmocka_unit_test(without_a_limit_there_is_always_more),
        cmocka_unit_test(without_a_burst_it_is_a_seconds_worth),
        cmocka_unit_test(a_clock_that_goes_back_brings_nothing),
        cmocka_unit_test(the_largest_numbers_do_not_wrap),
        cmocka_unit_test(a_small_burst_does_not_slow_the_rate),
        cmocka_unit_test(a_new_rate_counts_from_then_on),
        cmocka_unit_test(no_more_is_taken_than_the_rate_allows),
        cmocka_unit_test(who_waits_as_told_gets_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
