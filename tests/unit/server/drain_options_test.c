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

static void policies_have_names(void **state)
{
    (void)state;
    assert_string_equal(brink_drain_policy_name(BRINK_DRAIN_POLICY_IDLE), "idle");
    assert_string_equal(brink_drain_policy_name(BRINK_DRAIN_POLICY_BOUNDARY), "boundary");
    assert_string_equal(brink_drain_policy_name(BRINK_DRAIN_POLICY_NOW), "now");
    assert_string_equal(brink_drain_policy_name((enum brink_drain_policy)9), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_defaults_are_those_named),
                                       cmocka_unit_test(policies_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
