/* Durations as bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/load/histogram.h"
#include "unit/app/printed.h"

static struct brink_latency latency;

static const char *shown(struct printed *printed)
{
    brink_histogram_print(&latency, printed_begin(printed));
    return printed_end(printed);
}

static unsigned rows(const char *text)
{
    unsigned count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The shares of all rows, in percent. */
static double sum(const char *text)
{
    double total = 0;
    for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at + 1, '%')) {
        const char *from = at;
        while (from > text && from[-1] != ' ')
            from--;
        total += strtod(from, NULL);
    }
    return total;
}

static void test_nothing(void **state)
{
    (void)state;
    struct printed printed;
    brink_latency_init(&latency);
    assert_string_equal(shown(&printed), "");
    printed_free(&printed);
}

static void test_all_the_same(void **state)
{
    (void)state;
    struct printed printed;
    brink_latency_init(&latency);
    brink_latency_add_many(&latency, 100000, 10);
    const char *text = shown(&printed);
    assert_int_equal(rows(text), 1);
    assert_has(text, "98.3 us to   100 us  100.00%  ########################################\n");
    printed_free(&printed);
}

static void test_rows_hold_everything(void **state)
{
    (void)state;
    static const uint64_t factors[] = {1, 7, 1000, 123457, UINT64_C(1) << 40};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        struct printed printed;
        brink_latency_init(&latency);
        for (uint64_t k = 1; k <= 1000; k++)
            brink_latency_add(&latency, k * factors[i]);
        brink_latency_add(&latency, 5000 * factors[i]);
        const char *text = shown(&printed);
        assert_in_range(rows(text), 8, 21);
        assert_true(sum(text) > 99.8 && sum(text) < 100.2);
        printed_free(&printed);
    }
}

static void test_extremes(void **state)
{
    (void)state;
    struct printed printed;
    brink_latency_init(&latency);
    brink_latency_add(&latency, 0);
    brink_latency_add(&latency, UINT64_MAX);
    const char *text = shown(&printed);
    assert_true(sum(text) > 99.9);
    printed_free(&printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_all_the_same),
        cmocka_unit_test(test_rows_hold_everything),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
