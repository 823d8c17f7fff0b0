/* Histograms: what lands in which bucket, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/tally.h"

static struct brink_histogram read_sizes(const struct brink_size_tally *tally)
{
    struct brink_histogram histogram = {{0}, 0};
    brink_size_tally_read(tally, &histogram);
    return histogram;
}

static struct brink_histogram read_times(const struct brink_time_tally *tally)
{
    struct brink_histogram histogram = {{0}, 0};
    brink_time_tally_read(tally, &histogram);
    return histogram;
}

/* The bucket that the only value counted is in. */
static size_t only_bucket(const struct brink_histogram *histogram)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < BRINK_HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] == 0)
            continue;
        assert_int_equal(found, SIZE_MAX);
        assert_int_equal(histogram->counts[i], 1);
        found = i;
    }
    return found;
}

static size_t bucket_of_size(uint64_t size)
{
    struct brink_size_tally tally;
    memset(&tally, 0, sizeof tally);
    brink_size_tally_count(&tally, size);
    struct brink_histogram histogram = read_sizes(&tally);
    return only_bucket(&histogram);
}

static size_t bucket_of_time(uint64_t us)
{
    struct brink_time_tally tally;
    memset(&tally, 0, sizeof tally);
    brink_time_tally_add(&tally, us);
    struct brink_histogram histogram = read_times(&tally);
    assert_int_equal(histogram.sum, us);
    return only_bucket(&histogram);
}

/* Whatever the kind: a bound is the last of its bucket, and what follows it is of the next. */
static void check_bounds(enum brink_histogram_kind kind, size_t (*bucket_of)(uint64_t value))
{
    const uint64_t *bounds;
    size_t count = brink_histogram_bounds(kind, &bounds);
    assert_in_range(count, 1, BRINK_HISTOGRAM_BUCKETS - 1);
    assert_int_equal(bucket_of(1), 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || bounds[i] > bounds[i - 1]);
        assert_int_equal(bucket_of(bounds[i]), i);
        assert_int_equal(bucket_of(bounds[i] + 1), i + 1);
    }
    assert_int_equal(bucket_of(UINT64_MAX), count);
}

static void sizes_land_up_to_their_bound(void **state)
{
    (void)state;
    check_bounds(BRINK_HISTOGRAM_BYTES, bucket_of_size);
}

static void times_land_up_to_their_bound(void **state)
{
    (void)state;
    check_bounds(BRINK_HISTOGRAM_US, bucket_of_time);
    assert_int_equal(bucket_of_time(0), 0);
}

static void tallies_of_several_workers_add_up(void **state)
{
    (void)state;
    struct brink_size_tally sizes;
    struct brink_histogram histogram = {{0}, 0};
    memset(&sizes, 0, sizeof sizes);
    brink_size_tally_count(&sizes, 16);
    brink_size_tally_count(&sizes, 17);
    brink_size_tally_sum(&sizes, 33);
    brink_size_tally_read(&sizes, &histogram);
    brink_size_tally_read(&sizes, &histogram);
    assert_int_equal(histogram.counts[0], 2);
    assert_int_equal(histogram.counts[1], 2);
    assert_int_equal(histogram.sum, 66);
    assert_int_equal(brink_histogram_total(&histogram), 4);
}

static void instants_count_as_the_shortest(void **state)
{
    (void)state;
    struct brink_time_tally times;
    memset(&times, 0, sizeof times);
    brink_time_tally_add_instant(&times, 7);
    struct brink_histogram histogram = read_times(&times);
    assert_int_equal(histogram.counts[0], 7);
    assert_int_equal(histogram.sum, 0);
}

static void quantiles_lie_within_their_bucket(void **state)
{
    (void)state;
    struct brink_histogram histogram = {{0}, 0};
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 500), 0);
    histogram.counts[1] = 100; /* 50 to 100 us */
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 500), 75);
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 1000), 100);
    histogram.counts[3] = 100; /* 200 to 500 us */
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 500), 100);
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 750), 350);
    histogram.counts[BRINK_HISTOGRAM_BUCKETS - 1] = 1000; /* beyond a minute: at least that */
    assert_int_equal(brink_histogram_quantile(&histogram, BRINK_HISTOGRAM_US, 990), 60000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_land_up_to_their_bound),
        cmocka_unit_test(times_land_up_to_their_bound),
        cmocka_unit_test(tallies_of_several_workers_add_up),
        cmocka_unit_test(instants_count_as_the_shortest),
        cmocka_unit_test(quantiles_lie_within_their_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
