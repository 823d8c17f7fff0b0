/* From the first signal to the end. */
#include "app/serve/stopping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the above first */
#include <cmocka.h>

static struct brink_stopping_options options;

static struct brink_stopping stopping(uint32_t delay_ms)
{
    brink_stopping_options_init(&options);
    options.delay_ms = delay_ms;
    return (struct brink_stopping){.options = &options};
}

static void without_a_delay_it_drains_at_once(void **state)
{
    (void)state;
    struct brink_stopping one = stopping(0);
    assert_int_equal(brink_stopping_wait_ms(&one, 1000, 5), 1000);
    assert_int_equal(brink_stopping_ask(&one, NULL, 5), BRINK_STOPPING_DRAINING);
    assert_false(brink_stopping_tick(&one, 6));
    assert_int_equal(brink_stopping_drain(&one).timeout_ms, 30000);
    assert_int_equal(brink_stopping_drain(&one).policy, BRINK_DRAIN_POLICY_IDLE);
    assert_int_equal(brink_stopping_total_ms(&one), 30000);
}

static void a_delay_comes_first(void **state)
{
    (void)state;
    struct brink_stopping one = stopping(700);
    assert_int_equal(brink_stopping_ask(&one, NULL, 5), BRINK_STOPPING_DELAYING);
    assert_int_equal(brink_stopping_total_ms(&one), 30700);
    assert_int_equal(brink_stopping_wait_ms(&one, 1000, 5), 700);
    assert_int_equal(brink_stopping_wait_ms(&one, 100, 5), 100);
    assert_false(brink_stopping_tick(&one, 704));
    assert_true(brink_stopping_tick(&one, 705));
    assert_int_equal(one.state, BRINK_STOPPING_DRAINING);
    assert_int_equal(brink_stopping_wait_ms(&one, 1000, 705), 1000);
    assert_false(brink_stopping_tick(&one, 706));
}

static void a_second_signal_does_not_wait(void **state)
{
    (void)state;
    for (uint32_t delay_ms = 0; delay_ms < 2; delay_ms++) {
        struct brink_stopping one = stopping(delay_ms * 1000);
        (void)brink_stopping_ask(&one, NULL, 5);
        assert_int_equal(brink_stopping_ask(&one, NULL, 6), BRINK_STOPPING_LEAVING);
        assert_int_equal(brink_stopping_drain(&one).policy, BRINK_DRAIN_POLICY_NOW);
        assert_int_equal(brink_stopping_drain(&one).timeout_ms, 0);
        assert_false(brink_stopping_tick(&one, 5000));
        assert_int_equal(brink_stopping_ask(&one, NULL, 7), BRINK_STOPPING_LEAVING);
    }
}

static void who_says_how_does_not_cut_by_asking_again(void **state)
{
    (void)state;
    struct brink_stopping_options plain;
    brink_stopping_options_init(&plain);
    struct brink_stopping stopping = {.options = &plain};
    struct brink_drain_options wanted = {.policy = BRINK_DRAIN_POLICY_BOUNDARY, .timeout_ms = 700};
    assert_int_equal(brink_stopping_ask(&stopping, NULL, 1000), BRINK_STOPPING_DRAINING);
    assert_int_equal(brink_stopping_ask(&stopping, &wanted, 1000), BRINK_STOPPING_DRAINING);
    assert_int_equal(brink_stopping_drain(&stopping).policy, BRINK_DRAIN_POLICY_BOUNDARY);
    assert_int_equal(brink_stopping_drain(&stopping).timeout_ms, 700);
    wanted.policy = BRINK_DRAIN_POLICY_NOW;
    assert_int_equal(brink_stopping_ask(&stopping, &wanted, 1000), BRINK_STOPPING_LEAVING);
    assert_int_equal(brink_stopping_drain(&stopping).timeout_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_how_does_not_cut_by_asking_again),
        cmocka_unit_test(without_a_delay_it_drains_at_once),
        cmocka_unit_test(a_delay_comes_first),
        cmocka_unit_test(a_second_signal_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
