/* What a drain is like if nothing is said. */
#include "support/served.h"

static void the_defaults_are_those_named(void **state)
{
    (void)state;
    struct brink_drain_options options;
    brink_drain_options_init(&options);
    assert_int_equal(options.policy, BRINK_DRAIN_POLICY_IDLE);
    assert_int_equal(options.timeout_ms, 30000);
    assert_int_equal(options.quiet_ms, 1000);
    assert_int_equal(options.spread_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_defaults_are_those_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
