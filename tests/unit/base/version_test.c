/* The version that is linked is the one that was compiled against. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "brink/version.h"

static void test_linked_version_is_the_headers(void **state)
{
    (void)state;
    assert_string_equal(brink_version(), BRINK_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linked_version_is_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
