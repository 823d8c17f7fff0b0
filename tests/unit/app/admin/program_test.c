/* What is remembered of reading the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/admin/program.h"

static void what_is_in_force_is_of_the_last_that_was_good(void **state)
{
    (void)state;
    struct brink_admin_program program = {0};
    brink_admin_program_begin(&program, "/etc/brink/brink.conf");
    assert_string_equal(program.config, "/etc/brink/brink.conf");
    assert_int_equal(atomic_load(&program.reloads), 0);
    assert_true(atomic_load(&program.config_ns) > 0);
    atomic_store(&program.config_ns, 1);
    brink_admin_program_reloaded(&program, true);
    assert_int_equal(atomic_load(&program.reload_failures), 1);
    assert_int_equal(atomic_load(&program.config_ns), 1);
    assert_true(atomic_load(&program.config_failed));
    brink_admin_program_reloaded(&program, false);
    assert_int_equal(atomic_load(&program.reloads), 1);
    assert_int_equal(atomic_load(&program.reload_failures), 1);
    assert_true(atomic_load(&program.config_ns) > 1);
    assert_false(atomic_load(&program.config_failed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_force_is_of_the_last_that_was_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
