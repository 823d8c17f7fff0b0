/* A rate that threads share: by example, against what it promises, and against the bucket. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time/bucket.h"
#include "time/pace.h"

/* xorshift64* (S. Vigna 2016), so that each run is the same. */
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
    static const uint64_t starts[] = {0, 1, 1000000, UINT64_C(1) << 37};
    const struct brink_rate rate = {.per_second = 100, .burst = 5};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct brink_pace pace = {0};
        for (uint64_t left = 5; left > 0; left--) {
            assert_int_equal(brink_pace_left(&pace, &rate, starts[i]), left);
            assert_int_equal(brink_pace_wait_ms(&pace, &rate, starts[i]), 0);
            assert_int_equal(brink_pace_take(&pace, &rate, 1, starts[i]), left == 1 ? 10 : 0);
        }
        assert_int_equal(brink_pace_left(&pace, &rate, starts[i]), 0);
        assert_int_equal(brink_pace_wait_ms(&pace, &rate, starts[i]), 10);
    }
}

static void debt_is_paid_before_more_is_taken(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = 4, .burst = 10};
    struct brink_pace pace = {0};
    /* 20 in debt, and one token more to be there */
    assert_int_equal(brink_pace_take(&pace, &rate, 30, 1000), 5250);
    assert_int_equal(brink_pace_wait_ms(&pace, &rate, 1001), 5249);
    assert_int_equal(brink_pace_left(&pace, &rate, 6249), 0);
    assert_int_equal(brink_pace_wait_ms(&pace, &rate, 6249), 1);
    assert_int_equal(brink_pace_left(&pace, &rate, 6250), 1);
    assert_int_equal(brink_pace_wait_ms(&pace, &rate, 6250), 0);
}

static void who_comes_later_waits_longer(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = 1000, .burst = 10};
    struct brink_pace pace = {0};
    (void)brink_pace_take(&pace, &rate, 10, 0);
    for (uint64_t turn = 1; turn <= 20; turn++)
        assert_int_equal(brink_pace_take(&pace, &rate, 7, 0), 7 * turn + 1);
}

static void it_fills_to_the_burst_and_no_further(void **state)
{
    (void)state;
    static const uint64_t gaps_ms[] = {4000, 4001, 1000000, UINT64_C(1) << 38, UINT64_MAX};
    const struct brink_rate rate = {.per_second = 2, .burst = 8};
    for (size_t i = 0; i < sizeof gaps_ms / sizeof gaps_ms[0]; i++) {
        struct brink_pace pace = {0};
        (void)brink_pace_take(&pace, &rate, 8, 0);
        assert_int_equal(brink_pace_left(&pace, &rate, 3999), 7);
        assert_int_equal(brink_pace_left(&pace, &rate, gaps_ms[i]), 8);
    }
}

static void without_a_limit_there_is_always_more(void **state)
{
    (void)state;
    const struct brink_rate none = {.per_second = 0, .burst = 5};
    struct brink_pace pace = {0};
    assert_int_equal(brink_pace_take(&pace, &none, UINT64_MAX, 5), 0);
    assert_int_equal(brink_pace_wait_ms(&pace, &none, 5), 0);
    assert_true(brink_pace_left(&pace, &none, 5) == UINT64_MAX);
    assert_int_equal(atomic_load(&pace.due), 0);
}

static void the_largest_numbers_do_not_wrap(void **state)
{
    (void)state;
    const struct brink_rate rate = {.per_second = UINT64_C(1) << 40, .burst = UINT64_MAX};
    const struct brink_rate slow = {.per_second = 1, .burst = UINT64_MAX};
    const struct brink_rate small = {.per_second = 1, .burst = 1};
    struct brink_pace pace = {0};
    assert_true(brink_pace_left(&pace, &rate, 0) > UINT64_C(1) << 53);
    assert_true(brink_pace_left(&pace, &slow, 0) > UINT64_C(1) << 27);
    uint64_t wait_ms = brink_pace_take(&pace, &small, UINT64_MAX, 1);
    assert_true(wait_ms > UINT64_C(1) << 37);
    assert_true(brink_pace_take(&pace, &small, UINT64_MAX, 1) == wait_ms);
    assert_int_equal(brink_pace_left(&pace, &small, 1), 0);
}

static struct brink_rate drawn_rate(uint64_t *seed)
{
    struct brink_rate rate = {.per_second = 1 + (draw(seed) >> (30 + draw(seed) % 34))};
    rate.burst = 1 + rate.per_second / (1 + draw(seed) % 2000);
    return rate;
}

/* What is left agrees with what one has to wait for. */
static void a_token_is_there_when_the_wait_is_over(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (unsigned run = 0; run < 300; run++) {
        const struct brink_rate rate = drawn_rate(&seed);
        struct brink_pace pace = {0};
        uint64_t now_ms = draw(&seed) >> 28;
        for (unsigned step = 0; step < 200; step++) {
            uint64_t wait_ms =
                brink_pace_take(&pace, &rate, 1 + draw(&seed) % (2 * rate.burst), now_ms);
            assert_true(brink_pace_wait_ms(&pace, &rate, now_ms) == wait_ms);
            assert_int_equal(brink_pace_left(&pace, &rate, now_ms) > 0, wait_ms == 0);
            if (wait_ms > 0)
                assert_int_equal(brink_pace_left(&pace, &rate, now_ms + wait_ms - 1), 0);
            now_ms += wait_ms;
            assert_true(brink_pace_left(&pace, &rate, now_ms) > 0);
            now_ms += draw(&seed) % 4;
        }
    }
}

/* As one thread sees it, it is the bucket, but for what rounding does: a millisecond, a token. */
static void alone_it_is_a_bucket(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (unsigned run = 0; run < 300; run++) {
        struct brink_rate rate = drawn_rate(&seed);
        rate.per_second = 1 + rate.per_second % 1000000;
        struct brink_pace pace = {0};
        struct brink_bucket bucket = {0};
        uint64_t now_ms = draw(&seed) >> 28;
        for (unsigned step = 0; step < 200; step++) {
            uint64_t tokens = draw(&seed) % (1 + rate.per_second / 2);
            uint64_t wait_ms = brink_pace_take(&pace, &rate, tokens, now_ms);
            brink_bucket_take(&bucket, &rate, tokens, now_ms);
            uint64_t other_ms = brink_bucket_wait_ms(&bucket, &rate, now_ms);
            assert_true(wait_ms <= other_ms + 1 && other_ms <= wait_ms + 1);
            uint64_t left = brink_pace_left(&pace, &rate, now_ms);
            uint64_t other = brink_bucket_left(&bucket, &rate, now_ms);
            assert_true(left <= other + 1 && other <= left + 1);
            now_ms += draw(&seed) % 2 == 0 ? wait_ms : draw(&seed) % 500;
        }
    }
}

enum { THREADS = 4, TAKES = 20000 };

static struct brink_pace shared_pace;
static const struct brink_rate shared_rate = {.per_second = 1000, .burst = 10};

static void *take_many(void *arg)
{
    uint64_t *longest_ms = arg;
    for (unsigned i = 0; i < TAKES; i++) {
        uint64_t wait_ms = brink_pace_take(&shared_pace, &shared_rate, 1, 5);
        if (wait_ms < *longest_ms)
            return (void *)(uintptr_t)1; /* a place in the line was given twice */
        *longest_ms = wait_ms;
    }
    return NULL;
}

static void no_thread_takes_what_another_has_taken(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t longest_ms[THREADS] = {0};
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &longest_ms[i]), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    uint64_t all = (uint64_t)THREADS * TAKES;
    assert_int_equal(brink_pace_wait_ms(&shared_pace, &shared_rate, 5), all - 10 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_full_at_first_and_empties),
        cmocka_unit_test(debt_is_paid_before_more_is_taken),
        cmocka_unit_test(who_comes_later_waits_longer),
        cmocka_unit_test(it_fills_to_the_burst_and_no_further),
        cmocka_unit_test(without_a_limit_there_is_always_more),
        cmocka_unit_test(the_largest_numbers_do_not_wrap),
        cmocka_unit_test(a_token_is_there_when_the_wait_is_over),
        cmocka_unit_test(alone_it_is_a_bucket),
        cmocka_unit_test(no_thread_takes_what_another_has_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
