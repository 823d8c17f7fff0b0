/* Thousands may be due together: some fire, the others are due at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time/wheel.h"

enum { TIMERS = 5 };

static struct brink_arena arena;
static struct brink_slab_pool pool;
static struct brink_wheel wheel;
static struct brink_timer *timers[TIMERS];
static unsigned order[4 * TIMERS];
static unsigned fired;
static unsigned again; /* a timer that arms itself for a time that has passed; TIMERS: none */

static void on_fire(void *arg, uint64_t now_ms)
{
    unsigned number = (unsigned)((struct brink_timer **)arg - timers);
    order[fired++] = number;
    if (number == again)
        brink_timer_arm(&wheel, timers[number], now_ms - 1);
}

static void start(void)
{
    fired = 0;
    again = TIMERS;
    assert_false(brink_failed(brink_arena_open(&arena)));
    brink_slab_init(&pool, &arena, "timers", brink_timer_size());
    brink_wheel_init(&wheel, &pool, 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i] = brink_timer_new(&wheel, on_fire, &timers[i]);
        assert_non_null(timers[i]);
        brink_timer_arm(&wheel, timers[i], 10);
    }
}

static void stop(void)
{
    assert_true(brink_wheel_check(&wheel));
    for (unsigned i = 0; i < TIMERS; i++)
        brink_timer_free(&wheel, timers[i]);
    assert_int_equal(wheel.armed, 0);
    brink_slab_destroy(&pool);
    brink_arena_close(&arena);
}

static void the_others_follow_in_their_order(void **state)
{
    (void)state;
    start();
    assert_int_equal(brink_wheel_advance_some(&wheel, 10, 2), 2);
    assert_true(brink_wheel_check(&wheel));
    assert_int_equal(brink_wheel_next(&wheel), 10);
    assert_int_equal(brink_timer_deadline(timers[2]), 10);
    assert_int_equal(brink_wheel_advance_some(&wheel, 12, 2), 2);
    assert_int_equal(brink_wheel_advance_some(&wheel, 12, 2), 1);
    assert_true(brink_wheel_next(&wheel) == BRINK_NEVER);
    for (unsigned i = 0; i < TIMERS; i++)
        assert_int_equal(order[i], i);
    stop();
}

static void what_is_armed_meanwhile_comes_after_them(void **state)
{
    (void)state;
    start();
    again = 0;
    assert_int_equal(brink_wheel_advance_some(&wheel, 10, 3), 3);
    again = TIMERS;
    assert_int_equal(brink_wheel_advance_some(&wheel, 10, 3), 3);
    static const unsigned expected[] = {0, 1, 2, 3, 4, 0};
    assert_memory_equal(order, expected, sizeof expected);
    stop();
}

static void what_was_put_off_may_be_cancelled(void **state)
{
    (void)state;
    start();
    assert_int_equal(brink_wheel_advance_some(&wheel, 10, 1), 1);
    brink_timer_cancel(&wheel, timers[1]);
    brink_timer_arm(&wheel, timers[2], 100);
    assert_true(brink_wheel_check(&wheel));
    assert_int_equal(brink_wheel_advance_some(&wheel, 10, TIMERS), 2);
    assert_int_equal(brink_wheel_advance(&wheel, 100), 1);
    assert_int_equal(order[3], 2);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_others_follow_in_their_order),
        cmocka_unit_test(what_is_armed_meanwhile_comes_after_them),
        cmocka_unit_test(what_was_put_off_may_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
