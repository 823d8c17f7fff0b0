/* What is counted of a loop's turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "event/turns.h"

static struct brink_loop_stats stats;

static int forget(void **state)
{
    (void)state;
    memset(&stats, 0, sizeof stats);
    return 0;
}

static void who_was_ready_is_told_of_the_last_turn_the_most_and_all(void **state)
{
    (void)state;
    brink_turn_note_served(&stats, 5);
    brink_turn_note_served(&stats, 9);
    brink_turn_note_served(&stats, 2);
    assert_int_equal(brink_counter_read(&stats.ready), 2);
    assert_int_equal(brink_counter_read(&stats.ready_max), 9);
    assert_int_equal(brink_counter_read(&stats.served), 16);
}

static void the_longest_turn_is_kept_and_long_ones_counted(void **state)
{
    (void)state;
    struct brink_histogram took = {{0}, 0};
    brink_turn_note_length(&stats, 9999);
    assert_int_equal(brink_counter_read(&stats.long_turns), 0);
    brink_turn_note_length(&stats, 12345);
    brink_turn_note_length(&stats, 10000);
    assert_int_equal(brink_counter_read(&stats.long_turns), 2);
    assert_int_equal(brink_counter_read(&stats.longest_turn_ms), 12);
    brink_time_tally_read(&stats.turn_us, &took);
    assert_int_equal(brink_histogram_total(&took), 3);
    assert_int_equal(took.sum, 9999 + 12345 + 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_was_ready_is_told_of_the_last_turn_the_most_and_all, forget),
        cmocka_unit_test_setup(the_longest_turn_is_kept_and_long_ones_counted, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
