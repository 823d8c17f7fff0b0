/* What happened between two readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/app/top/readings.h"

static void rates_are_of_a_second(void **state)
{
    (void)state;
    struct brink_top_sample sample = readings_two();
    const json_t *list = json_object_get(sample.now, "listeners");
    const json_t *old = json_object_get(sample.before, "listeners");
    const json_t *front = json_array_get(list, 0);
    const json_t *before = brink_top_sample_before(old, front, "name");
    assert_true(sample.seconds == 2);
    assert_non_null(before);
    assert_true(brink_top_sample_rate(&sample, front, before, "frames", "client") == 200);
    assert_true(brink_top_sample_rate(&sample, front, before, "accepted", NULL) == 0.5);
    assert_true(brink_top_sample_rate(&sample, front, before, "frames", "upstream") == 0);
    assert_null(brink_top_sample_before(old, json_array_get(list, 1), "name")); /* it is new */
    assert_true(brink_top_sample_rate(&sample, front, NULL, "frames", "client") == 0);
    assert_true(brink_top_sample_sum_rate(&sample, "listeners", "frames", "client") == 235);
    assert_true(brink_top_sample_rate(&sample, before, front, "frames", "client") == 0);
    brink_top_sample_free(&sample);
}

static void the_first_reading_has_no_rates(void **state)
{
    (void)state;
    struct brink_top_sample sample = {.now = NULL};
    readings_add(&sample, READING("1", "5", "100", "3", ""));
    assert_null(sample.before);
    assert_true(brink_top_sample_sum_rate(&sample, "listeners", "frames", "client") == 0);
    readings_add(&sample, READING("1", "5", "200", "3", "")); /* at the same time */
    assert_null(sample.before);
    brink_top_sample_free(&sample);
    assert_null(sample.now);
}

static void nor_has_the_first_of_another_run(void **state)
{
    (void)state;
    struct brink_top_sample sample = readings_two();
    readings_add(&sample, READING("2000", "9", "900", "9", ""));
    assert_null(sample.before);
    readings_add(&sample, READING("2000", "10", "901", "9", ""));
    assert_true(brink_top_sample_sum_rate(&sample, "listeners", "frames", "client") == 1);
    brink_top_sample_free(&sample);
}

static void percentiles_are_of_what_came_in_between(void **state)
{
    (void)state;
    json_t *before = json_loads("{\"bounds\":[1,2,4],\"counts\":[100,0,0,0]}", 0, NULL);
    json_t *now = json_loads("{\"bounds\":[1,2,4],\"counts\":[100,10,10,0]}", 0, NULL);
    json_t *late = json_loads("{\"bounds\":[1,2,4],\"counts\":[100,10,10,9]}", 0, NULL);
    assert_true(brink_top_sample_percentile(now, before, 0.25) == 1.5);
    assert_true(brink_top_sample_percentile(now, before, 0.5) == 2);
    assert_true(brink_top_sample_percentile(now, before, 1) == 4);
    assert_true(brink_top_sample_percentile(now, NULL, 0.5) == 0.6);
    assert_true(brink_top_sample_percentile(late, now, 0.5) == 4); /* at least */
    assert_true(brink_top_sample_percentile(now, now, 0.5) == 0);
    assert_true(brink_top_sample_percentile(NULL, NULL, 0.5) == 0);
    json_decref(before);
    json_decref(now);
    json_decref(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_of_a_second),
        cmocka_unit_test(the_first_reading_has_no_rates),
        cmocka_unit_test(percentiles_are_of_what_came_in_between),
        cmocka_unit_test(nor_has_the_first_of_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
