/* Payload sizes as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "app/load/sizes.h"
#include "unit/app/printed.h"

static struct brink_load_sizes parsed(const char *text)
{
    struct brink_load_sizes sizes;
    struct brink_message why;
    assert_false(brink_failed(brink_load_sizes_parse(text, &sizes, &why)));
    return sizes;
}

static void refused(const char *text, const char *part)
{
    struct brink_load_sizes sizes = {.count = 77};
    struct brink_message why;
    assert_true(brink_failed(brink_load_sizes_parse(text, &sizes, &why)));
    assert_int_equal(sizes.count, 77);
    assert_has(why.text, part);
}

static void test_one_size(void **state)
{
    (void)state;
    struct brink_load_sizes sizes = parsed("64KiB");
    assert_int_equal(sizes.count, 1);
    assert_int_equal(brink_load_sizes_at(&sizes, 0), 65536);
    assert_int_equal(brink_load_sizes_at(&sizes, 0.999), 65536);
    assert_int_equal(brink_load_sizes_least(&sizes), 65536);
    assert_int_equal(brink_load_sizes_most(&sizes), 65536);
    assert_true(fabs(brink_load_sizes_mean(&sizes) - 65536) < 1e-9);
}

static void test_range_has_each_size_equally(void **state)
{
    (void)state;
    struct brink_load_sizes sizes = parsed("1..4");
    assert_int_equal(brink_load_sizes_at(&sizes, 0), 1);
    assert_int_equal(brink_load_sizes_at(&sizes, 0.2499), 1);
    assert_int_equal(brink_load_sizes_at(&sizes, 0.2501), 2);
    assert_int_equal(brink_load_sizes_at(&sizes, 0.51), 3);
    assert_int_equal(brink_load_sizes_at(&sizes, 0.9999), 4);
    assert_true(fabs(brink_load_sizes_mean(&sizes) - 2.5) < 1e-9);
    sizes = parsed("0..1GiB");
    assert_int_equal(brink_load_sizes_least(&sizes), 0);
    assert_int_equal(brink_load_sizes_most(&sizes), 1 << 30);
    assert_int_equal(brink_load_sizes_at(&sizes, 1), 1 << 30); /* never beyond it */
}

static void test_weights_are_shares(void **state)
{
    (void)state;
    struct brink_load_sizes sizes = parsed("64:7,16KiB:2,1KiB..2KiB");
    unsigned small = 0;
    unsigned large = 0;
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t size = brink_load_sizes_at(&sizes, i / 1000.0);
        small += size == 64;
        large += size == 16384;
        assert_true(size == 64 || size == 16384 || (size >= 1024 && size <= 2048));
    }
    assert_int_equal(small, 700);
    assert_int_equal(large, 200);
    assert_int_equal(brink_load_sizes_least(&sizes), 64);
    assert_int_equal(brink_load_sizes_most(&sizes), 16384);
    assert_true(fabs(brink_load_sizes_mean(&sizes) - (64 * 7 + 16384 * 2 + 1536) / 10.0) < 1e-9);
}

static void test_refusals(void **state)
{
    (void)state;
    char many[200];
    size_t length = 0;
    refused("", "write 64, 64..1KiB or 64:9,16KiB:1");
    refused("64,", "write 64");
    refused(",64", "write 64");
    refused("64x", "unknown unit \"x\"");
    refused("2GiB", "more than 1GiB");
    refused("5..4", "\"5..4\": write the smaller size first");
    refused("5..", "not a number");
    refused("..5", "not a number");
    refused("1..2..3", "whole numbers only");
    refused("64:0", "write a whole number from 1 to 1000000");
    refused("64:1000001", "write a whole number");
    refused("64:", "write a whole number");
    refused(":1", "not a number");
    refused("64:1:1", "write a whole number");
    for (unsigned i = 0; i <= BRINK_LOAD_SIZES_MAX; i++)
        length += (size_t)snprintf(many + length, sizeof many - length, "%s1", i > 0 ? "," : "");
    refused(many, "more than 32 sizes");
    refused(
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "write 64");
}

static uint32_t frames_of(const char *text)
{
    struct brink_load_sizes sizes;
    struct brink_message why;
    assert_false(brink_failed(brink_load_sizes_parse(text, &sizes, &why)));
    return brink_load_sizes_frames(&sizes);
}

static void test_frames_for_each_share(void **state)
{
    (void)state;
    assert_int_equal(frames_of("64"), 1);
    assert_int_equal(frames_of("64:7"), 1);
    assert_int_equal(frames_of("1..100:50,200:50"), 2);
    assert_int_equal(frames_of("64:90,100:10"), 10);
    assert_int_equal(frames_of("64:9,100:1,200:5"), 15);
    assert_int_equal(frames_of("1:3,2:2,3:3"), 5);
    assert_int_equal(frames_of("1:1000000,2"), 1000001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_size),
        cmocka_unit_test(test_range_has_each_size_equally),
        cmocka_unit_test(test_weights_are_shares),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_frames_for_each_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
