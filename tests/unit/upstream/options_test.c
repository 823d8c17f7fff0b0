/* The defaults of a group of servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "brink/upstream.h"

static void by_default_a_failed_connect_goes_on_to_others(void **state)
{
    (void)state;
    struct brink_upstream_options options;
    brink_upstream_options_init(&options);
    assert_int_equal(options.server_count, 0);
    assert_int_equal(options.tries, 3);
    assert_int_equal(options.connect_ms, 5000);
    assert_int_equal(options.health.interval_ms, 0);
    assert_int_equal(options.balance, BRINK_BALANCE_ROUND_ROBIN);
    assert_int_equal(options.when_down, BRINK_WHEN_DOWN_KEEP);
    assert_false(options.rehome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_a_failed_connect_goes_on_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
