/* Every reason has a name of its own, and what is no reason is named as such. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "brink/stream.h"

static void names_are_distinct(void **state)
{
    (void)state;
    for (int i = 0; i < BRINK_REASON_COUNT; i++) {
        const char *name = brink_reason_name((enum brink_reason)i);
        assert_non_null(name);
        assert_true(strlen(name) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, brink_reason_name((enum brink_reason)j));
    }
}

static void beyond_the_last_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(brink_reason_name(BRINK_REASON_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_distinct),
        cmocka_unit_test(beyond_the_last_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
