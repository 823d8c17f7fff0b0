/* Sizes, durations and counts: what is read, what is refused, and what is said then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "config/units.h"

static uint64_t size_of(const char *text)
{
    uint64_t bytes = 77;
    struct brink_message why;
    assert_false(brink_failed(brink_units_parse_size(text, &bytes, &why)));
    return bytes;
}

static uint32_t ms_of(const char *text)
{
    uint32_t ms = 77;
    struct brink_message why;
    assert_false(brink_failed(brink_units_parse_duration(text, &ms, &why)));
    return ms;
}

/* `part` stands in what is said of `text`. */
static void size_refused(const char *text, const char *part)
{
    uint64_t bytes = 77;
    struct brink_message why = {""};
    assert_int_equal(brink_units_parse_size(text, &bytes, &why).err, EINVAL);
    assert_true(bytes == 77);
    assert_non_null(strstr(why.text, part));
}

static void duration_refused(const char *text, const char *part)
{
    uint32_t ms = 77;
    struct brink_message why = {""};
    assert_int_equal(brink_units_parse_duration(text, &ms, &why).err, EINVAL);
    assert_int_equal(ms, 77);
    assert_non_null(strstr(why.text, part));
}

static void test_sizes(void **state)
{
    (void)state;
    assert_true(size_of("0") == 0);
    assert_true(size_of("4096") == 4096);
    assert_true(size_of("12B") == 12);
    assert_true(size_of("64KiB") == 65536);
    assert_true(size_of("16MiB") == UINT64_C(16) << 20);
    assert_true(size_of("3GiB") == UINT64_C(3) << 30);
    assert_true(size_of("2kB") == 2000);
    assert_true(size_of("2MB") == 2000000);
    assert_true(size_of("2GB") == 2000000000);
    assert_true(size_of("18446744073709551615") == UINT64_MAX);
}

static void test_sizes_refused(void **state)
{
    (void)state;
    size_refused("", "not a number");
    size_refused("KiB", "not a number");
    size_refused("-1", "not a number");
    size_refused(" 1", "not a number");
    size_refused("64kib", "unknown unit \"kib\"");
    size_refused("64 KiB", "unknown unit");
    size_refused("1.5MiB", "whole numbers");
    size_refused("18446744073709551616", "too large");
    size_refused("18446744073709551615KiB", "too large");
    size_refused("64K", "64KiB"); /* says what would be right */
}

static void test_durations(void **state)
{
    (void)state;
    assert_int_equal(ms_of("0"), 0);
    assert_int_equal(ms_of("0s"), 0);
    assert_int_equal(ms_of("500ms"), 500);
    assert_int_equal(ms_of("5s"), 5000);
    assert_int_equal(ms_of("1m"), 60000);
    assert_int_equal(ms_of("2h"), 7200000);
    assert_int_equal(ms_of("1073741824ms"), 1 << 30);
}

static void test_durations_refused(void **state)
{
    (void)state;
    duration_refused("5", "the unit is missing; write 500ms, 5s, 1m or 2h");
    duration_refused("5x", "\"5x\": unknown unit \"x\"; write 500ms, 5s, 1m or 2h");
    duration_refused("", "not a number");
    duration_refused("s", "not a number");
    duration_refused("0.5s", "whole numbers");
    duration_refused("1073741825ms", "too large");
    duration_refused("99999999999999999999h", "too large");
}

static void test_counts(void **state)
{
    (void)state;
    uint32_t count = 77;
    struct brink_message why;
    assert_false(brink_failed(brink_units_parse_count("1", 1, 10, &count, &why)));
    assert_int_equal(count, 1);
    assert_false(brink_failed(brink_units_parse_count("10", 1, 10, &count, &why)));
    assert_int_equal(count, 10);
    const char *const wrong[] = {"0", "11", "", "x", "1x", "-1", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(brink_units_parse_count(wrong[i], 1, 10, &count, &why).err, EINVAL);
        assert_int_equal(count, 10);
        assert_non_null(strstr(why.text, "from 1 to 10"));
    }
}

static void size_reads(double bytes, const char *expected)
{
    char text[32];
    assert_string_equal(brink_units_format_size(bytes, text, sizeof text), expected);
}

static void ns_reads(uint64_t ns, const char *expected)
{
    char text[32];
    assert_string_equal(brink_units_format_ns(ns, text, sizeof text), expected);
}

static void test_formats(void **state)
{
    (void)state;
    size_reads(0, "0 B");
    size_reads(1000, "1000 B");
    size_reads(65536, "64 KiB");
    size_reads(1.5 * 1024 * 1024, "1.5 MiB");
    size_reads(16777216, "16 MiB");
    ns_reads(0, "0 ns");
    ns_reads(750, "750 ns");
    ns_reads(12345, "12.3 us");
    ns_reads(999999, "1.00 ms");
    ns_reads(4560000, "4.56 ms");
    ns_reads(123000000, "123 ms");
    ns_reads(1200000000, "1.20 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),     cmocka_unit_test(test_sizes_refused),
        cmocka_unit_test(test_durations), cmocka_unit_test(test_durations_refused),
        cmocka_unit_test(test_counts),    cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
