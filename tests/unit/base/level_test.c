/* Names of log levels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "brink/log.h"

static void test_each_level_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(brink_log_level_name(BRINK_LOG_ERROR), "error");
    assert_string_equal(brink_log_level_name(BRINK_LOG_WARN), "warn");
    assert_string_equal(brink_log_level_name(BRINK_LOG_INFO), "info");
    assert_string_equal(brink_log_level_name(BRINK_LOG_DEBUG), "debug");
}

static void test_no_level_has_a_name_too(void **state)
{
    (void)state;
    assert_string_equal(brink_log_level_name((enum brink_log_level)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_level_has_its_name),
        cmocka_unit_test(test_no_level_has_a_name_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
