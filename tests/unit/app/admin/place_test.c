/* Where brink is asked if nobody says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/admin/place.h"

static void it_is_in_the_first_runtime_directory(void **state)
{
    (void)state;
    char text[BRINK_ADMIN_PLACE_MAX];
    assert_string_equal(brink_admin_place("/run/brink-2", text), "unix:/run/brink-2/admin.sock");
    assert_string_equal(brink_admin_place("/run/a:/run/b", text), "unix:/run/a/admin.sock");
}

static void without_one_it_is_in_run_brink(void **state)
{
    (void)state;
    char text[BRINK_ADMIN_PLACE_MAX];
    assert_string_equal(brink_admin_place(NULL, text), "unix:/run/brink/admin.sock");
    assert_string_equal(brink_admin_place("", text), "unix:/run/brink/admin.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_in_the_first_runtime_directory),
        cmocka_unit_test(without_one_it_is_in_run_brink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
