/* The clock goes forward, and its stamp is RFC 3339. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/clock.h"

static void test_now_never_goes_back(void **state)
{
    (void)state;
    uint64_t before = brink_clock_now_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = brink_clock_now_ns();
        assert_true(now >= before);
        before = now;
    }
}

static void test_stamp_has_the_form(void **state)
{
    (void)state;
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    char text[BRINK_CLOCK_STAMP_SIZE];
    (void)brink_clock_stamp(text);
    assert_int_equal(strlen(text), strlen(form));
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == 'd')
            assert_in_range(text[i], '0', '9');
        else
            assert_int_equal(text[i], form[i]);
    }
    assert_true(strncmp(text, "2020", 4) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now_never_goes_back),
        cmocka_unit_test(test_stamp_has_the_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
