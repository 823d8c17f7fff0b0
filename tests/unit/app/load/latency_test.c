/* The histogram against the durations themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "app/load/latency.h"

enum { COUNT = 5000 };

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void near(uint64_t value, uint64_t truth)
{
    assert_true(value >= truth);
    assert_true((double)value <= (double)truth * 1.01);
}

static void test_empty(void **state)
{
    (void)state;
    struct brink_latency latency;
    brink_latency_init(&latency);
    assert_true(brink_latency_percentile(&latency, 50) == 0);
    assert_true(brink_latency_mean(&latency) == 0);
    assert_true(brink_latency_deviation(&latency) == 0);
}

static void test_small_values_are_exact(void **state)
{
    (void)state;
    struct brink_latency latency;
    brink_latency_init(&latency);
    for (uint64_t ns = 1; ns <= 100; ns++)
        brink_latency_add(&latency, ns);
    assert_true(brink_latency_percentile(&latency, 50) == 50);
    assert_true(brink_latency_percentile(&latency, 99) == 99);
    assert_true(brink_latency_percentile(&latency, 100) == 100);
    assert_true(latency.min_ns == 1);
    assert_true(latency.max_ns == 100);
    assert_true(fabs(brink_latency_mean(&latency) - 50.5) < 1e-9);
    assert_true(fabs(brink_latency_deviation(&latency) - sqrt((100.0 * 100 - 1) / 12)) < 1e-6);
}

static void test_extremes_are_counted(void **state)
{
    (void)state;
    struct brink_latency latency;
    brink_latency_init(&latency);
    brink_latency_add(&latency, 0);
    brink_latency_add(&latency, UINT64_MAX);
    assert_true(latency.min_ns == 0);
    assert_true(brink_latency_percentile(&latency, 50) == 0);
    assert_true(brink_latency_percentile(&latency, 100) == UINT64_MAX);
}

static void test_percentiles_against_a_sorted_list(void **state)
{
    (void)state;
    static uint64_t values[COUNT];
    static struct brink_latency latency;
    uint64_t random = 12345;
    brink_latency_init(&latency);
    for (size_t i = 0; i < COUNT; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        values[i] = random >> (24 + random % 40); /* of every magnitude */
        brink_latency_add(&latency, values[i]);
    }
    qsort(values, COUNT, sizeof values[0], compare);
    for (unsigned percent = 1; percent <= 100; percent++)
        near(brink_latency_percentile(&latency, percent), values[COUNT * percent / 100 - 1]);
}

/* Over the whole range, around each border of the buckets and within: what is told for a duration
 * is never below it and at most 1% above. */
static void test_error_is_at_most_one_percent(void **state)
{
    (void)state;
    static struct brink_latency latency;
    for (unsigned bits = 0; bits < 63; bits++) {
        for (uint64_t part = 0; part < 512; part++) {
            uint64_t above = bits < 9 ? part << bits >> 9 : part << (bits - 9);
            uint64_t ns = (UINT64_C(1) << bits) + above - (part % 3 == 0);
            brink_latency_init(&latency);
            brink_latency_add(&latency, ns);
            brink_latency_add(&latency, UINT64_MAX); /* so that the most does not cut it */
            near(brink_latency_percentile(&latency, 50), ns);
        }
    }
}

static void test_many_at_once_is_as_one_by_one(void **state)
{
    (void)state;
    static struct brink_latency one_by_one, at_once;
    brink_latency_init(&one_by_one);
    brink_latency_init(&at_once);
    brink_latency_add_many(&at_once, 5, 0); /* none */
    for (uint64_t ns = 10; ns < 10000000; ns *= 7) {
        for (unsigned i = 0; i < 3; i++)
            brink_latency_add(&one_by_one, ns);
        brink_latency_add_many(&at_once, ns, 3);
    }
    assert_memory_equal(&one_by_one.buckets, &at_once.buckets, sizeof at_once.buckets);
    assert_true(one_by_one.count == at_once.count);
    assert_true(one_by_one.min_ns == at_once.min_ns);
    assert_true(one_by_one.max_ns == at_once.max_ns);
    assert_true(fabs(brink_latency_mean(&one_by_one) - brink_latency_mean(&at_once)) < 1e-6);
    assert_true(fabs(brink_latency_deviation(&one_by_one) - brink_latency_deviation(&at_once)) <
                1e-3);
}

static void test_between(void **state)
{
    (void)state;
    static struct brink_latency latency;
    brink_latency_init(&latency);
    for (uint64_t ns = 0; ns < 100000; ns++)
        brink_latency_add(&latency, ns);
    assert_true(brink_latency_between(&latency, 0, 100000) == 100000);
    assert_true(brink_latency_between(&latency, 10, 20) == 10);
    assert_true(brink_latency_between(&latency, 65536, 65536 + 512) == 512);
    assert_true(brink_latency_between(&latency, 1024, 65536) == 65536 - 1024);
    assert_true(brink_latency_between(&latency, 20, 20) == 0);
    assert_true(brink_latency_between(&latency, 20, 10) == 0);
    assert_true(brink_latency_between(&latency, 200000, UINT64_MAX) == 0);
}

static void test_merge_is_as_adding_all(void **state)
{
    (void)state;
    static struct brink_latency all, left, right, empty;
    brink_latency_init(&all);
    brink_latency_init(&left);
    brink_latency_init(&right);
    brink_latency_init(&empty);
    for (uint64_t i = 1; i < 1000; i++) {
        brink_latency_add(&all, i * i);
        brink_latency_add(i % 3 == 0 ? &left : &right, i * i);
    }
    brink_latency_merge(&left, &empty);
    brink_latency_merge(&left, &right);
    assert_true(left.count == all.count);
    assert_true(left.min_ns == all.min_ns);
    assert_true(left.max_ns == all.max_ns);
    assert_memory_equal(left.buckets, all.buckets, sizeof all.buckets);
    brink_latency_merge(&empty, &all);
    assert_true(empty.min_ns == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_extremes_are_counted),
        cmocka_unit_test(test_percentiles_against_a_sorted_list),
        cmocka_unit_test(test_error_is_at_most_one_percent),
        cmocka_unit_test(test_many_at_once_is_as_one_by_one),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_merge_is_as_adding_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
